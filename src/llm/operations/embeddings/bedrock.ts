import { listIn, countOf, objectOf, vectorOf } from '../reply-members.ts';
import type { UpstreamReply } from '../operation-exchange.ts';
import type { EmbeddedBatch, EmbeddingsDialect } from './dialect.ts';

type Family = Pick<EmbeddingsDialect, 'batch' | 'write'> & { vectors(reply: UpstreamReply): EmbeddedBatch['vectors'] };

/** Titan takes one text (Amazon Bedrock user guide, "Amazon Titan Embeddings Text", "Multimodal Embeddings G1"). */
const titan: Family = {
  batch: () => 1,
  write({ model, dimensions, purpose }, [inputText], drops) {
    if (purpose !== null) drops.hint('input_type');
    if (dimensions === null) return { inputText };
    if (model.includes('image')) return { inputText, embeddingConfig: { outputEmbeddingLength: dimensions } };
    // The first text model has one size only.
    if (/titan-embed-(?:g1-)?text-(?:v1|01|02)|titan-e1t/.test(model)) {
      drops.meaning('dimensions', 'the first Titan text model');
      return { inputText };
    }
    return { inputText, dimensions };
  },
  vectors: ({ body }) => [vectorOf(body['embedding'])],
};

/** Cohere on Bedrock wants to know what the vectors are for (Amazon Bedrock user guide, "Cohere Embed models"). */
const cohere: Family = {
  batch: () => 96,
  write({ model, dimensions, purpose }, texts, drops) {
    const input_type = purpose ?? 'search_document';
    if (dimensions === null) return { texts, input_type };
    if (!model.includes('embed-v4')) {
      drops.meaning('dimensions', 'Cohere models before version 4');
      return { texts, input_type };
    }
    return { texts, input_type, embedding_types: ['float'], output_dimension: dimensions };
  },
  vectors({ body }) {
    const { embeddings } = body;
    // By type when types were asked for, and from version 4 on.
    return listIn(Array.isArray(embeddings) ? body : { embeddings: objectOf(embeddings)['float'] }, 'embeddings').map(
      vectorOf,
    );
  },
};

/** Cohere's words for a purpose → Nova's. */
const novaPurposes: ReadonlyMap<string, string> = new Map([
  ['search_document', 'GENERIC_INDEX'],
  ['search_query', 'GENERIC_RETRIEVAL'],
  ['classification', 'CLASSIFICATION'],
  ['clustering', 'CLUSTERING'],
]);

/** Nova takes one text (Amazon Nova user guide, "Complete embeddings request and response schema"). */
const nova: Family = {
  batch: () => 1,
  write: ({ dimensions, purpose }, [value]) => ({
    schemaVersion: 'nova-multimodal-embed-v1',
    taskType: 'SINGLE_EMBEDDING',
    singleEmbeddingParams: {
      embeddingPurpose: purpose === null ? 'GENERIC_INDEX' : (novaPurposes.get(purpose) ?? purpose),
      ...(dimensions === null ? {} : { embeddingDimension: dimensions }),
      text: { truncationMode: 'END', value },
    },
  }),
  vectors: ({ body }) => listIn(body, 'embeddings').map((item) => vectorOf(objectOf(item)['embedding'])),
};

function familyOf(model: string): Family {
  if (model.includes('cohere.')) return cohere;
  return model.includes('nova') ? nova : titan;
}

/** Which family an answer is of: Titan alone has one vector. */
function vectorsOf(reply: UpstreamReply): EmbeddedBatch['vectors'] {
  const { embeddings } = reply.body;
  if (embeddings === undefined) return titan.vectors(reply);
  const first: unknown = Array.isArray(embeddings) ? embeddings[0] : undefined;
  return Array.isArray(first) || first === undefined ? cohere.vectors(reply) : nova.vectors(reply);
}

/** Bedrock's `model/{model}/invoke`, whose bodies are each vendor's own. */
export const bedrockEmbeddings: EmbeddingsDialect = {
  name: 'this Bedrock model',
  batch: (model) => familyOf(model).batch(model),
  write: (request, inputs, drops) => familyOf(request.model).write(request, inputs, drops),
  read: (reply) => ({
    vectors: vectorsOf(reply),
    // Every answer of InvokeModel counts in a field; Titan also in the body.
    tokens:
      countOf(reply.headers.get('x-amzn-bedrock-input-token-count')) ?? countOf(reply.body['inputTextTokenCount']),
  }),
};
