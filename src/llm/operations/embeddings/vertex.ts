import { countOf, listIn, objectOf, vectorOf } from '../reply-members.ts';
import type { EmbeddingsDialect } from './dialect.ts';
import { googleTask } from './google-task.ts';

/**
 * Vertex AI's `publishers/google/models/{model}:predict` for texts (Vertex AI, "Text embeddings API": 250 texts in one
 * request, one for the Gemini embedding models).
 */
export const vertexEmbeddings: EmbeddingsDialect = {
  name: 'Vertex AI',
  batch: (model) => (model.includes('gemini-embedding') ? 1 : 250),
  write: ({ dimensions, purpose }, inputs) => ({
    instances: inputs.map((content) => ({
      content,
      ...(purpose === null ? {} : { task_type: googleTask(purpose) }),
    })),
    ...(dimensions === null ? {} : { parameters: { outputDimensionality: dimensions } }),
  }),
  read({ body }) {
    const embeddings = listIn(body, 'predictions').map((item) => objectOf(objectOf(item)['embeddings']));
    const counts = embeddings.map(({ statistics }) => countOf(objectOf(statistics)['token_count']));
    return {
      vectors: embeddings.map(({ values }) => vectorOf(values)),
      tokens: counts.includes(null) ? null : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0),
    };
  },
};
