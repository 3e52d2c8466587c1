import { LlmBadRequest } from '../../pivot/drops.ts';
import { listIn, numberIn, objectOf } from '../reply-members.ts';
import type { RerankDialect } from './dialect.ts';

/** Google's limit (Discovery Engine API, `RankRequest.records`). */
const MAX_DOCUMENTS = 200;

/** The ranking API behind Vertex AI (Discovery Engine v1, `rankingConfigs.rank`); records are known by their place. */
export const vertexRerank: RerankDialect = {
  name: 'the ranking API of Google Cloud',
  write({ model, query, documents, topN, maxTokensPerDocument }, drops) {
    if (maxTokensPerDocument !== null) drops.meaning('max_tokens_per_doc', 'the ranking API of Google Cloud');
    if (documents.length > MAX_DOCUMENTS) {
      throw new LlmBadRequest(`documents must be at most ${MAX_DOCUMENTS}`, 'documents');
    }
    return {
      model,
      query,
      ...(topN === null ? {} : { topN }),
      records: documents.map((content, index) => ({ id: String(index), content })),
      ignoreRecordDetailsInResponse: true,
    };
  },
  read: (body) =>
    listIn(body, 'records').map((item) => {
      const record = objectOf(item);
      const index = Number(record['id']);
      if (!Number.isSafeInteger(index)) throw new SyntaxError("the upstream's answer names a record that was not sent");
      // A score of 0 is left out, as protocol buffers in JSON have it.
      return { index, score: record['score'] === undefined ? 0 : numberIn(record, 'score') };
    }),
};
