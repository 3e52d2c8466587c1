import { LlmBadRequest, type Drops } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { isJsonRecord } from '../../json/parse.ts';

/** A rerank request of Cohere's API, version 1 or 2, read for another. */
export interface RerankRequest {
  readonly model: string;
  readonly query: string;
  readonly documents: readonly string[];
  readonly topN: number | null;
  readonly maxTokensPerDocument: number | null;
  /** Version 1 gives the documents back when asked to. */
  readonly returnDocuments: boolean;
}

const READ = new Set(['model', 'query', 'documents', 'top_n', 'max_tokens_per_doc', 'return_documents', 'rank_fields']);
const HINTS = new Set(['priority']);

/**
 * Reads a rerank request (Cohere API reference, "Rerank" v1 and v2; `cohere-ai` 8.1). Documents are texts or objects: of an
 * object, `text`, else its `rank_fields`, else the whole as YAML-like lines, as Cohere says it reads them. Throws
 * LlmBadRequest.
 */
export function readRerank(body: JsonObject, model: string, drops: Drops, target: string): RerankRequest {
  for (const [name, value] of Object.entries(body)) {
    if (READ.has(name) || value === null) continue;
    if (HINTS.has(name)) drops.hint(name);
    else drops.meaning(name, target);
  }
  const { query, documents, return_documents: back } = body;
  if (typeof query !== 'string' || query === '') refuse('query', 'a text that is not empty');
  if (!Array.isArray(documents) || documents.length === 0) refuse('documents', 'a list that is not empty');
  const fields = Array.isArray(body['rank_fields']) ? body['rank_fields'].map(String) : null;
  return {
    model,
    query,
    documents: documents.map((item, index) => readDocument(item, index, fields)),
    topN: readCount(body['top_n'], 'top_n'),
    maxTokensPerDocument: readCount(body['max_tokens_per_doc'], 'max_tokens_per_doc'),
    returnDocuments: back === true,
  };
}

function readDocument(item: unknown, index: number, fields: readonly string[] | null): string {
  if (typeof item === 'string') return item;
  if (!isJsonRecord(item)) return refuse(`documents[${index}]`, 'a text or an object');
  if (fields === null && typeof item['text'] === 'string') return item['text'];
  return Object.entries(item)
    .filter(([name]) => fields === null || fields.includes(name))
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n');
}

function readCount(value: unknown, path: string): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  return refuse(path, 'a whole number above 0');
}

function refuse(path: string, expected: string): never {
  throw new LlmBadRequest(`${path} must be ${expected}`, path.replace(/\[.*/, ''));
}
