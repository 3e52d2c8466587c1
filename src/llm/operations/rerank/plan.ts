import { randomToken } from '../../../base/random.ts';
import { readError } from '../../formats/completions/errors.ts';
import type { Drops } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { OperationExchange } from '../operation-exchange.ts';
import type { RerankDialect } from './dialect.ts';
import { readRerank, type RerankRequest } from './request.ts';

/** Documents that Cohere bills as one search (Cohere, "Pricing"). */
const SEARCH_UNIT = 100;

/**
 * A rerank request in a vendor's own API. Throws LlmBadRequest.
 *
 * @param version of Cohere's API that the client speaks.
 */
export function planRerank(
  body: JsonObject,
  model: string,
  version: '1' | '2',
  dialect: RerankDialect,
  drops: Drops,
): OperationExchange {
  const request = readRerank(body, model, drops, dialect.name);
  return {
    bodies: [dialect.write(request, drops)],
    answer: ([reply]) => ({ body: writeAnswer(request, version, dialect, reply?.body ?? {}), estimated: false }),
    error: (status, text) => ({ message: readError(status, text).message }),
  };
}

function writeAnswer(request: RerankRequest, version: string, dialect: RerankDialect, answer: JsonObject): JsonObject {
  const ranked = [...dialect.read(answer)].sort((a, b) => b.score - a.score);
  const results = ranked.slice(0, request.topN ?? ranked.length).map(({ index, score }) => {
    const text = request.documents[index];
    if (text === undefined) throw new SyntaxError("the upstream's answer names a document that was not sent");
    return { index, relevance_score: score, ...(request.returnDocuments ? { document: { text } } : {}) };
  });
  return {
    id: randomToken(18),
    results,
    meta: {
      api_version: { version },
      billed_units: { search_units: Math.ceil(request.documents.length / SEARCH_UNIT) },
    },
  };
}
