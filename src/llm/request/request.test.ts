import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LlmProvider, LlmRouteType } from '../../model/llm.ts';
import type { ProviderCall } from '../providers/adapter.ts';
import { formatNotSpoken, methodError } from './plan.ts';
import { compileRouteTypes, llmRouteTypeOf, modelListPath } from './route-type.ts';
import { usualTarget } from './upstream-path.ts';

const provider: LlmProvider = {
  name: 'p',
  kind: 'custom',
  pathPrefix: '/v1',
  formats: [{ format: 'completions' }, { format: 'embeddings', path: '/embed?x=1' }],
  policies: {},
};

function call(type: LlmRouteType, path: string, query: string, over: Partial<LlmProvider> = {}): ProviderCall {
  const asked = { ...provider, ...over };
  return { provider: asked, formats: asked.formats, type, model: 'm', stream: false, translated: false, path, query };
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
  ['/v1/realtime', 'realtime'],
  ['/v1/realtime/client_secrets', 'passthrough'],
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
    usualTarget(call(type, path, query, over));
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
    usualTarget(call('passthrough', path, '', { pathPrefix }))?.path;
  assert.equal(to('/v1', '/v1/files'), '/v1/files');
  assert.equal(to('/openai/v1', '/v1/files'), '/openai/v1/files');
  assert.equal(to('/openai/v1', '/v10/files'), '/openai/v1/v10/files');
  assert.equal(to('', '/v1/files'), '/v1/files');
  assert.equal(to('/v1beta', '/v1beta/cachedContents'), '/v1beta/cachedContents');
});

test('a format that the provider does not speak is refused by name', () => {
  const reply = formatNotSpoken(provider, provider.formats, 'messages');
  assert.equal(reply.status, 400);
  assert.deepEqual(JSON.parse(reply.body), {
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
