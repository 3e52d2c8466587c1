import type { Example } from './example.ts';

/** Examples of the bodies of embedding models. */
export const embedding: Readonly<Record<'titan' | 'cohere' | 'nova' | 'vertex', Example>> = {
  titan: {
    body: { inputText: 'a', dimensions: 256, normalize: true },
    planted: [
      ['required', 'inputText', undefined],
      ['minimum', 'inputText', ''],
      ['enum', 'dimensions', 300],
      ['type', 'normalize', 1],
    ],
  },
  cohere: {
    body: { input_type: 'search_document', texts: ['a'], embedding_types: ['float'] },
    planted: [
      ['required', 'input_type', undefined],
      ['minimum', 'texts', []],
      ['maximum', 'texts', Array.from({ length: 97 }, () => 'a')],
      ['union', 'images', ['data:image/png;base64,AA==']],
      ['enum', 'truncate', 'MIDDLE'],
    ],
  },
  nova: {
    body: {
      taskType: 'SINGLE_EMBEDDING',
      singleEmbeddingParams: {
        embeddingPurpose: 'GENERIC_INDEX',
        embeddingDimension: 1024,
        text: { truncationMode: 'END', value: 'a' },
      },
    },
    planted: [
      ['required', 'singleEmbeddingParams.text', undefined],
      ['enum', 'singleEmbeddingParams.embeddingDimension', 512],
      ['unknown', 'singleEmbeddingParams.text.text', 'a'],
    ],
  },
  vertex: {
    body: { instances: [{ content: 'a', task_type: 'RETRIEVAL_QUERY' }], parameters: { outputDimensionality: 256 } },
    planted: [
      ['required', 'instances[0].content', undefined],
      ['minimum', 'instances', []],
      ['enum', 'instances[0].task_type', 'QUERY'],
      ['type', 'parameters.outputDimensionality', '256'],
    ],
  },
};
