import { countOf, listIn, objectOf, vectorOf } from '../reply-members.ts';
import type { EmbeddingsDialect } from './dialect.ts';
import { googleTask } from './google-task.ts';

/** Gemini's `models/{model}:batchEmbedContents` (`@google/genai` 3.1, `BatchEmbedContentsRequest`). */
export const geminiEmbeddings: EmbeddingsDialect = {
  name: 'Gemini',
  // Gemini API reference: at most 100 requests in one batch.
  batch: () => 100,
  write: ({ model, dimensions, purpose }, inputs) => ({
    requests: inputs.map((text) => ({
      model: model.startsWith('models/') ? model : `models/${model}`,
      content: { parts: [{ text }] },
      ...(purpose === null ? {} : { taskType: googleTask(purpose) }),
      ...(dimensions === null ? {} : { outputDimensionality: dimensions }),
    })),
  }),
  read: ({ body }) => ({
    vectors: listIn(body, 'embeddings').map((item) => vectorOf(objectOf(item)['values'])),
    tokens: countOf(objectOf(body['usageMetadata'])['promptTokenCount']),
  }),
};
