import { LlmBadRequest } from '../../pivot/drops.ts';
import { listIn, numberIn, objectOf } from '../reply-members.ts';
import type { RerankDialect } from './dialect.ts';

/** Bedrock's limit of documents (botocore, `bedrock-agent-runtime`, `RerankSourcesList`). */
const MAX_DOCUMENTS = 1000;

/**
 * Bedrock's `model/{model}/invoke` with a rerank model: Cohere's is asked as `BedrockClientV2` of `cohere-ai` 8.1 does,
 * version 2 without a model and with the version; Amazon's takes query and documents and ranks them all.
 */
export const bedrockRerank: RerankDialect = {
  name: 'Bedrock',
  write({ model, query, documents, topN, maxTokensPerDocument }, drops) {
    if (documents.length > MAX_DOCUMENTS) {
      throw new LlmBadRequest(`documents must be at most ${MAX_DOCUMENTS}`, 'documents');
    }
    const cohere = model.includes('cohere.');
    if (!cohere && maxTokensPerDocument !== null) drops.meaning('max_tokens_per_doc', 'Amazon Rerank');
    if (!cohere) return { query, documents };
    return {
      query,
      documents,
      ...(topN === null ? {} : { top_n: Math.min(topN, documents.length) }),
      ...(maxTokensPerDocument === null ? {} : { max_tokens_per_doc: maxTokensPerDocument }),
      api_version: 2,
    };
  },
  read: (body) =>
    listIn(body, 'results').map((item) => {
      const result = objectOf(item);
      return { index: numberIn(result, 'index'), score: numberIn(result, 'relevance_score') };
    }),
};
