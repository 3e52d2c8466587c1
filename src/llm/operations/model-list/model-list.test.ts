import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LlmModel } from '../../../model/llm.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { modelListShape } from './choose-shape.ts';
import { listedModel, listedModels } from './listed.ts';

function model(name: string, over: Partial<LlmModel> = {}): LlmModel {
  return {
    id: name,
    name,
    visibility: 'public',
    matches: [],
    provider: { name: 'p', kind: 'openAI', pathPrefix: '/v1', formats: [], policies: {} },
    defaults: new Map(),
    overrides: new Map(),
    ...over,
  };
}

const five = listedModels(['a', 'b', 'c', 'd', 'e'].map((name) => model(name)));

interface Page {
  readonly data: { id: string }[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
}

function anthropic(query: string): Page {
  const shape = modelListShape(
    '/v1/models',
    new URLSearchParams(),
    new HeaderList(['anthropic-version', '2026-10-21']),
  );
  const reply = shape.list(five, new URLSearchParams(query), 1_700_000_000);
  assert.equal(reply.status, 200, reply.body);
  return JSON.parse(reply.body) as Page;
}

test('the list holds public models once, wildcards as patterns', () => {
  const models = listedModels([
    model('gpt-4o'),
    model('groq/*'),
    model('x', { visibility: 'internal' }),
    model('gpt-4o'),
  ]);
  const reply = modelListShape('/v1/models', new URLSearchParams(), new HeaderList()).list(
    models,
    new URLSearchParams(),
    1_700_000_000,
  );
  assert.deepEqual(JSON.parse(reply.body), {
    object: 'list',
    data: [
      { id: 'gpt-4o', object: 'model', created: 1_700_000_000, owned_by: 'openai' },
      { id: 'groq/*', object: 'model', created: 1_700_000_000, owned_by: 'openai' },
    ],
  });
});

for (const [what, path, query, headers, format] of [
  ['anthropic-version', '/v1/models', '', ['anthropic-version', '2023-06-01'], 'messages'],
  [
    'anthropic-version before a Gemini key',
    '/v1/models',
    '',
    ['anthropic-version', '1', 'x-goog-api-key', 'k'],
    'messages',
  ],
  ['x-goog-api-key', '/v1/models', '', ['x-goog-api-key', 'k'], 'generateContent'],
  ['/v1beta', '/v1beta/models', '', [], 'generateContent'],
  ['the query parameter key', '/v1/models', '?key=k', [], 'generateContent'],
  ['nothing', '/v1/models', '', ['authorization', 'Bearer k'], 'completions'],
] as const) {
  test(`${what} asks for the list of ${format} clients`, () => {
    assert.equal(modelListShape(path, new URLSearchParams(query), new HeaderList([...headers])).format, format);
  });
}

test("Anthropic's pages go forwards and backwards by the id of a model", () => {
  const page = (query: string): unknown[] => {
    const { data, has_more, first_id, last_id } = anthropic(query);
    return [data.map(({ id }) => id).join(''), has_more, first_id, last_id];
  };
  assert.deepEqual(page(''), ['abcde', false, 'a', 'e']);
  assert.deepEqual(page('limit=2'), ['ab', true, 'a', 'b']);
  assert.deepEqual(page('limit=2&after_id=b'), ['cd', true, 'c', 'd']);
  assert.deepEqual(page('limit=2&after_id=d'), ['e', false, 'e', 'e']);
  assert.deepEqual(page('after_id=e'), ['', false, null, null]);
  assert.deepEqual(page('limit=2&before_id=d'), ['bc', true, 'b', 'c']);
  assert.deepEqual(page('limit=2&before_id=b'), ['a', false, 'a', 'a']);
});

for (const [shape, query, param] of [
  ['messages', 'limit=0', 'limit'],
  ['messages', 'limit=x', 'limit'],
  ['messages', 'after_id=zz', 'after_id'],
  ['messages', 'before_id=a&after_id=b', 'before_id'],
  ['generateContent', 'pageSize=-1', 'pageSize'],
  ['generateContent', 'pageToken=nonsense', 'pageToken'],
] as const) {
  test(`the list of ${shape} clients refuses ${query}`, () => {
    const headers = new HeaderList(shape === 'messages' ? ['anthropic-version', '1'] : ['x-goog-api-key', 'k']);
    const reply = modelListShape('/v1/models', new URLSearchParams(), headers).list(
      five,
      new URLSearchParams(query),
      1,
    );
    assert.equal(reply.status, 400);
    assert.equal((JSON.parse(reply.body) as { error: { param: string } }).error.param, param);
  });
}

test("Gemini's pages go by a token, and its names begin with models/", () => {
  const shape = modelListShape('/v1beta/models', new URLSearchParams(), new HeaderList());
  const names: string[] = [];
  let token = '';
  for (let pages = 0; pages < 3; pages++) {
    const reply = shape.list(five, new URLSearchParams({ pageSize: '2', pageToken: token }), 1);
    const page = JSON.parse(reply.body) as { models: { name: string }[]; nextPageToken?: string };
    names.push(...page.models.map(({ name }) => name));
    token = page.nextPageToken ?? '';
  }
  assert.deepEqual(
    names,
    ['a', 'b', 'c', 'd', 'e'].map((id) => `models/${id}`),
  );
  assert.equal(token, '');
});

test('one model has the name asked for, and what is known of the one behind it', () => {
  const behind = model('fast', { provider: { ...model('x').provider, model: 'claude-opus-4-1' } });
  const shape = modelListShape('/v1/models/fast', new URLSearchParams(), new HeaderList(['anthropic-version', '1']));
  const info = JSON.parse(shape.one(listedModel('fast', behind), 0).body) as Record<string, unknown>;
  assert.equal(info['id'], 'fast');
  assert.equal(info['max_tokens'], 32_000);
  assert.equal(info['created_at'], '1970-01-01T00:00:00Z');
});
