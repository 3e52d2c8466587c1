import type { Schema, SchemaFile } from './schema.ts';

const text: Schema = { type: 'string', min: 1 };

/** AWS tells the bodies of `InvokeModel` in prose only, one page for each family of models. */
const titan: Schema = {
  type: 'object',
  members: {
    inputText: text,
    dimensions: { type: 'number', enum: [256, 512, 1024] },
    normalize: { type: 'boolean' },
    embeddingTypes: { type: 'array', items: { type: 'string', enum: ['float', 'binary'] }, min: 1 },
  },
  required: ['inputText'],
};

/** Also what `output_dimension` of Embed 4 may be. */
const cohere: Schema = {
  type: 'object',
  members: {
    input_type: {
      type: 'string',
      enum: ['search_document', 'search_query', 'classification', 'clustering', 'image'],
    },
    texts: { type: 'array', items: { type: 'string' }, min: 1, max: 96 },
    images: { type: 'array', items: { type: 'string', pattern: '^data:image/' }, min: 1 },
    truncate: { type: 'string', enum: ['NONE', 'START', 'END', 'LEFT', 'RIGHT'] },
    embedding_types: {
      type: 'array',
      items: { type: 'string', enum: ['float', 'int8', 'uint8', 'binary', 'ubinary'] },
      min: 1,
    },
    output_dimension: { type: 'number', enum: [256, 512, 1024, 1536] },
    max_tokens: { type: 'number', integer: true, min: 1 },
  },
  required: ['input_type'],
  one: [['texts', 'images']],
};

const nova: Schema = {
  type: 'object',
  members: {
    schemaVersion: { type: 'string', enum: ['nova-multimodal-embed-v1'] },
    taskType: { type: 'string', enum: ['SINGLE_EMBEDDING'] },
    singleEmbeddingParams: {
      type: 'object',
      members: {
        embeddingPurpose: {
          type: 'string',
          enum: [
            'GENERIC_INDEX',
            'GENERIC_RETRIEVAL',
            'TEXT_RETRIEVAL',
            'IMAGE_RETRIEVAL',
            'VIDEO_RETRIEVAL',
            'DOCUMENT_RETRIEVAL',
            'AUDIO_RETRIEVAL',
            'CLASSIFICATION',
            'CLUSTERING',
          ],
        },
        embeddingDimension: { type: 'number', enum: [256, 384, 1024, 3072] },
        text: {
          type: 'object',
          members: { truncationMode: { type: 'string', enum: ['START', 'END', 'NONE'] }, value: text },
          required: ['truncationMode', 'value'],
        },
      },
      required: ['embeddingPurpose', 'text'],
    },
  },
  required: ['taskType', 'singleEmbeddingParams'],
};

/** Google's `:predict` takes any instance; this is the one of its text embedding models. */
const vertexText: Schema = {
  type: 'object',
  members: {
    instances: {
      type: 'array',
      items: {
        type: 'object',
        members: {
          content: text,
          title: { type: 'string' },
          task_type: {
            type: 'string',
            enum: [
              'RETRIEVAL_QUERY',
              'RETRIEVAL_DOCUMENT',
              'SEMANTIC_SIMILARITY',
              'CLASSIFICATION',
              'CLUSTERING',
              'QUESTION_ANSWERING',
              'FACT_VERIFICATION',
              'CODE_RETRIEVAL_QUERY',
            ],
          },
        },
        required: ['content'],
      },
      min: 1,
      max: 250,
    },
    parameters: {
      type: 'object',
      members: { autoTruncate: { type: 'boolean' }, outputDimensionality: { type: 'number', integer: true, min: 1 } },
    },
  },
  required: ['instances'],
};

/** Bodies of embedding models whose vendors describe them in prose only, as written there. */
export const embeddingModels: SchemaFile = {
  origin: [
    'https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html',
    'https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html',
    'https://docs.aws.amazon.com/nova/latest/userguide/embeddings-schema.html',
    'https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api',
  ].join(' '),
  roots: { titan, cohere, nova, vertexText },
  defs: {},
};
