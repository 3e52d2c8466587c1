import type { Schema, SchemaFile } from './schema.ts';

const text: Schema = { type: 'string', min: 1 };
const documents: Schema = { type: 'array', items: { type: 'string' }, min: 1, max: 1000 };
const count: Schema = { type: 'number', integer: true, min: 1 };

/** What Cohere's client sends to Bedrock: its version 2 without `model`, and the version, which Bedrock wants to be 2. */
const cohere: Schema = {
  type: 'object',
  members: {
    query: text,
    documents,
    top_n: count,
    max_tokens_per_doc: count,
    api_version: { type: 'number', enum: [2] },
  },
  required: ['query', 'documents', 'api_version'],
};

/** AWS refuses what it does not know here, such as `max_tokens_per_doc`. */
const amazon: Schema = { type: 'object', members: { query: text, documents }, required: ['query', 'documents'] };

/** Bodies of `InvokeModel` with rerank models, which are told by clients and examples only. */
export const rerankModels: SchemaFile = {
  origin: [
    'https://docs.cohere.com/v2/reference/rerank',
    'cohere-ai 8.1 aws-utils.js (BedrockClientV2)',
    'https://docs.opensearch.org/latest/vector-search/tutorials/reranking/reranking-cohere-bedrock/',
    'https://docs.opensearch.org/latest/vector-search/tutorials/reranking/reranking-bedrock/',
  ].join(' '),
  roots: { cohere, amazon },
  defs: {},
};
