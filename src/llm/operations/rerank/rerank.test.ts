import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../../net/http/headers.ts';
import { Drops, LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { validateRequest } from '../../testing/validate.ts';
import type { OperationExchange } from '../operation-exchange.ts';
import { bedrockRerank } from './bedrock.ts';
import type { RerankDialect } from './dialect.ts';
import { planRerank } from './plan.ts';
import { vertexRerank } from './vertex.ts';

const ask = { model: 'client', query: 'q', documents: ['one', { text: 'two', title: 't' }, { a: 1, b: 'x' }] };

function plan(dialect: RerankDialect, model: string, body: JsonObject, version: '1' | '2' = '2'): OperationExchange {
  return planRerank(body, model, version, dialect, new Drops('reject'));
}

test('Cohere on Bedrock speaks version 2 with the version in the body, Amazon without it', () => {
  const documents = ['one', 'two', 'a: 1\nb: x'];
  const limited = plan(bedrockRerank, 'cohere.rerank-v3-5:0', { ...ask, top_n: 2, max_tokens_per_doc: 99 }).bodies;
  assert.deepEqual(limited, [{ query: 'q', documents, top_n: 2, max_tokens_per_doc: 99, api_version: 2 }]);
  assert.deepEqual(validateRequest('bedrockCohereRerank', limited[0]), []);
  const all = plan(bedrockRerank, 'us.cohere.rerank-v3-5:0', ask).bodies;
  assert.deepEqual(validateRequest('bedrockCohereRerank', all[0]), []);
  const amazon = plan(bedrockRerank, 'amazon.rerank-v1:0', { ...ask, top_n: 2 }).bodies;
  assert.deepEqual(amazon, [{ query: 'q', documents }]);
  assert.deepEqual(validateRequest('bedrockAmazonRerank', amazon[0]), []);
});

test('the ranking API of Google gets records that are known by their place', () => {
  const { bodies, answer } = plan(vertexRerank, 'semantic-ranker-default-004', { ...ask, top_n: 2 });
  assert.deepEqual(validateRequest('vertexRank', bodies[0]), []);
  assert.deepEqual((bodies[0] as { records: unknown[] }).records[1], { id: '1', content: 'two' });
  const { body } = answer([{ body: { records: [{ id: '2', score: 0.9 }, { id: '0' }] }, headers: new HeaderList() }]);
  assert.deepEqual(body['results'], [
    { index: 2, relevance_score: 0.9 },
    { index: 0, relevance_score: 0 },
  ]);
});

test('results are the most relevant first, no more than asked for, with what Cohere says beside them', () => {
  const { answer } = plan(bedrockRerank, 'amazon.rerank-v1:0', { ...ask, top_n: 2 });
  const results = [
    { index: 0, relevance_score: 0.1 },
    { index: 2, relevance_score: 0.8 },
    { index: 1, relevance_score: 0.5 },
  ];
  const { body } = answer([{ body: { results }, headers: new HeaderList() }]);
  assert.deepEqual(body['results'], [
    { index: 2, relevance_score: 0.8 },
    { index: 1, relevance_score: 0.5 },
  ]);
  assert.deepEqual(body['meta'], { api_version: { version: '2' }, billed_units: { search_units: 1 } });
});

test('version 1 gives documents back, and reads the fields that it is told', () => {
  const body = { ...ask, documents: [{ text: 'x', title: 't' }], return_documents: true, rank_fields: ['title'] };
  const { bodies, answer } = plan(bedrockRerank, 'amazon.rerank-v1:0', body, '1');
  assert.deepEqual((bodies[0] as { documents: unknown }).documents, ['title: t']);
  const given = answer([{ body: { results: [{ index: 0, relevance_score: 1 }] }, headers: new HeaderList() }]).body;
  assert.deepEqual(given['results'], [{ index: 0, relevance_score: 1, document: { text: 'title: t' } }]);
});

for (const [what, body, param] of [
  ['no query', { documents: ['a'] }, 'query'],
  ['no documents', { query: 'q', documents: [] }, 'documents'],
  ['a document that is a number', { query: 'q', documents: [1] }, 'documents'],
  ['more documents than Google takes', { query: 'q', documents: Array(201).fill('a') }, 'documents'],
  ['top_n of 0', { query: 'q', documents: ['a'], top_n: 0 }, 'top_n'],
  [
    'a member that the target does not know',
    { query: 'q', documents: ['a'], max_chunks_per_doc: 3 },
    'max_chunks_per_doc',
  ],
] as const) {
  test(`${what}: refused`, () => {
    assert.throws(
      () => plan(vertexRerank, 'm', body),
      (error) => error instanceof LlmBadRequest && error.param === param,
    );
  });
}

test('an answer that names what was not sent is no answer', () => {
  const { answer } = plan(bedrockRerank, 'amazon.rerank-v1:0', ask);
  const reply = { body: { results: [{ index: 7, relevance_score: 1 }] }, headers: new HeaderList() };
  assert.throws(() => answer([reply]), SyntaxError);
});

test("errors are said in Cohere's shape", () => {
  const { error } = plan(bedrockRerank, 'amazon.rerank-v1:0', ask);
  assert.deepEqual(error(400, '{"message":"bad"}'), { message: 'bad' });
});
