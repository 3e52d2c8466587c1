import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LlmProvider, LlmRouteType } from '../../model/llm.ts';
import { bodyToSend, compileBodySettings, readLlmBody, type LlmBody } from './body.ts';
import { methodError, planSend } from './plan.ts';
import { compileRouteTypes, llmRouteTypeOf, modelListPath } from './route-type.ts';
import { upstreamTarget } from './upstream-path.ts';

const provider: LlmProvider = {
  name: 'p',
  kind: 'custom',
  pathPrefix: '/v1',
  formats: [{ format: 'completions' }, { format: 'embeddings', path: '/embed?x=1' }],
  policies: {},
};

function body(text: string): LlmBody {
  const read = readLlmBody(Buffer.from(text));
  assert(typeof read !== 'string');
  return read;
}

function sent(text: string, model: string | null, defaults: object = {}, overrides: object = {}): string {
  const settings = compileBodySettings(new Map(Object.entries(defaults)), new Map(Object.entries(overrides)));
  return bodyToSend(body(text), model, settings).toString();
}

for (const [path, type] of [
  ['/v1/chat/completions', 'completions'],
  ['/chat/completions', 'completions'],
  ['/openai/v1/chat/completions', 'completions'],
  ['/v1/embeddings', 'embeddings'],
  ['/v1/responses', 'responses'],
  ['/v1/responses/compact', 'detect'],
  ['/v1/messages', 'messages'],
  ['/v1/messages/count_tokens', 'anthropicTokenCount'],
  ['/v2/rerank', 'rerank'],
  ['/v1beta/models/gemini-2.5-pro:streamGenerateContent', 'generateContent'],
  ['/v1/completions', 'legacyCompletions'],
  ['/v1/threads/t/messages', 'passthrough'],
] as const) {
  test(`the llm section takes ${path} for ${type}`, () => {
    assert.equal(llmRouteTypeOf(path), type);
  });
}

for (const [path, id] of [
  ['/v1/models', ''],
  ['/v1/models/', ''],
  ['/v1beta/models', ''],
  ['/v1beta/models/gpt-4o', 'gpt-4o'],
  ['/models', ''],
  ['/v1/models/gpt-4o', 'gpt-4o'],
  ['/v1/models/groq/llama-3', 'groq/llama-3'],
  ['/v1/models/a%2Fb', 'a/b'],
  ['/v1/models/100%', '100%'],
  ['/v1/models/gemini:generateContent', undefined],
  ['/v1/modelsx', undefined],
  ['/v1/chat/completions', undefined],
] as const) {
  test(`${path} asks the model list for ${id === undefined ? 'nothing' : `"${id}"`}`, () => {
    assert.equal(modelListPath(path), id);
  });
}

test('routes of an ai backend go by suffix: the longest wins, * is the rest', () => {
  const typeOf = compileRouteTypes(
    new Map<string, LlmRouteType>([
      ['*', 'passthrough'],
      ['/completions', 'detect'],
      ['/v1/chat/completions', 'completions'],
    ]),
  );
  assert.equal(typeOf('/team/v1/chat/completions'), 'completions');
  assert.equal(typeOf('/v1/completions'), 'detect');
  assert.equal(typeOf('/v1/files'), 'passthrough');
});

test('without routes, or without one that fits, everything is chat completions', () => {
  assert.equal(compileRouteTypes(new Map())('/anything'), 'completions');
  assert.equal(compileRouteTypes(new Map([['/v1/embeddings', 'embeddings']]))('/x'), 'completions');
});

test('the upstream path is the prefix and the format, or what configuration says', () => {
  const to = (type: LlmRouteType, path: string, query: string, over: object = {}): unknown =>
    upstreamTarget({ ...provider, ...over }, type, path, query);
  assert.deepEqual(to('completions', '/chat', '?a=b'), { path: '/v1/chat/completions', query: '?a=b' });
  assert.deepEqual(to('completions', '/chat', '', { pathPrefix: '/api/v9' }), {
    path: '/api/v9/chat/completions',
    query: '',
  });
  assert.deepEqual(to('embeddings', '/e', '?a=b'), { path: '/embed', query: '?x=1&a=b' });
  assert.deepEqual(to('completions', '/c', '', { pathOverride: '/mine' }), { path: '/mine', query: '' });
  assert.equal(to('messages', '/v1/messages', ''), undefined);
});

test('passthrough keeps the path and replaces /v1 by the prefix', () => {
  const to = (pathPrefix: string, path: string): string | undefined =>
    upstreamTarget({ ...provider, pathPrefix }, 'passthrough', path, '')?.path;
  assert.equal(to('/v1', '/v1/files'), '/v1/files');
  assert.equal(to('/openai/v1', '/v1/files'), '/openai/v1/files');
  assert.equal(to('/openai/v1', '/v10/files'), '/openai/v1/v10/files');
  assert.equal(to('', '/v1/files'), '/v1/files');
});

test('a body that needs no change is sent as the same buffer', () => {
  const read = body('{"model":"a", "x":1.0}');
  assert.equal(bodyToSend(read, 'a', compileBodySettings(new Map(), new Map())), read.bytes);
});

test('only the keys that configuration changes are rewritten', () => {
  const text = '{"model": "fast",\n "n":1.0, "temperature":2, "messages":[{"role":"user","content":"\\u00e9"}] }';
  assert.equal(
    sent(text, 'gpt-4o', { temperature: 0, top_p: 0.5 }, { n: 1, user: 'u' }),
    '{"model": "gpt-4o",\n "n":1, "temperature":2, "messages":[{"role":"user","content":"\\u00e9"}],"top_p":0.5,"user":"u" }',
  );
});

test('an override wins over a default and over the routed model', () => {
  assert.equal(sent('{"model":"a"}', 'b', { x: 1 }, { x: 2, model: 'c' }), '{"model":"c","x":2}');
});

test('a default does not replace a null of the client', () => {
  assert.equal(sent('{"model":"a","stop":null}', 'a', { stop: 'x' }), '{"model":"a","stop":null}');
});

test('a repeated model is made one, in any spelling, so that no parser reads another', () => {
  assert.equal(sent('{"model":"big","model":"small"}', 'small'), '{"model":"small","model":"small"}');
  assert.equal(sent('{"mod\\u0065l":"big","model":"small"}', 'small'), '{"mod\\u0065l":"small","model":"small"}');
});

test('a format that the provider does not speak is refused by name', () => {
  const ask = {
    type: 'messages',
    path: '/v1/messages',
    query: '',
    body: body('{"model":"a"}'),
    bytes: Buffer.alloc(0),
  } as const;
  const plan = planSend(ask, provider, null, compileBodySettings(new Map(), new Map()));
  assert('status' in plan);
  assert.equal(plan.status, 400);
  assert.deepEqual(JSON.parse(plan.body), {
    error: {
      message: 'provider `p` does not take `messages` requests; it takes: completions, embeddings',
      type: 'invalid_request_error',
      param: null,
      code: 'unsupported_format',
    },
  });
});

test('formats take POST only and say so', () => {
  const reply = methodError('completions', 'GET');
  assert.equal(reply?.status, 405);
  assert.equal(reply.headers.get('allow'), 'POST');
  assert.equal(methodError('completions', 'POST'), null);
  assert.equal(methodError('passthrough', 'DELETE'), null);
});
