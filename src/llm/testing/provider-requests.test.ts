import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LlmProvider } from '../../model/llm.ts';
import { HeaderList } from '../../net/http/headers.ts';
import { LlmBadRequest } from '../pivot/drops.ts';
import type { JsonObject } from '../pivot/format.ts';
import type { ProviderCall } from '../providers/adapter.ts';
import { providerTraits } from '../providers/table.ts';
import { BodyDraft } from '../request/draft.ts';
import { usualTarget } from '../request/upstream-path.ts';
import { providerCall } from './provider-call.ts';
import { validateRequest } from './validate.ts';

const project = { pathPrefix: '/v1/projects/p/locations/l' };

type Own = Partial<Pick<LlmProvider, 'pathPrefix' | 'settings'>>;

for (const [kind, call, own, expected] of [
  [
    'gemini',
    { type: 'generateContent', model: 'gemini-3-pro' },
    { pathPrefix: '/v1beta' },
    '/v1beta/models/gemini-3-pro:generateContent',
  ],
  [
    'gemini',
    { type: 'generateContent', model: 'models/m', stream: true },
    { pathPrefix: '/v1beta' },
    '/v1beta/models/m:streamGenerateContent?alt=sse',
  ],
  [
    'vertex',
    { type: 'generateContent', model: 'google/m', stream: true },
    project,
    '/v1/projects/p/locations/l/publishers/google/models/m:streamGenerateContent?alt=sse',
  ],
  [
    'vertex',
    { model: 'claude-sonnet-4-5-20250929' },
    project,
    '/v1/projects/p/locations/l/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict',
  ],
  [
    'vertex',
    { model: 'claude-opus-4-8', stream: true },
    project,
    '/v1/projects/p/locations/l/publishers/anthropic/models/claude-opus-4-8:streamRawPredict',
  ],
  [
    'bedrock',
    { type: 'converse', model: 'us.anthropic.claude-v1:0' },
    {},
    '/model/us.anthropic.claude-v1%3A0/converse',
  ],
  ['bedrock', { type: 'converse', model: 'm', stream: true }, {}, '/model/m/converse-stream'],
  [
    'azure',
    { type: 'completions', model: 'd' },
    { pathPrefix: '/openai', settings: { apiVersion: '2024-10-21' } },
    '/openai/deployments/d/chat/completions?api-version=2024-10-21',
  ],
  ['azure', { type: 'completions', model: 'd' }, { pathPrefix: '/openai/v1' }, '/openai/v1/chat/completions'],
] as const satisfies readonly (readonly [string, Partial<ProviderCall>, Own, string])[]) {
  test(`${kind} is asked at ${expected}`, () => {
    const asked = providerCall(kind, call, own);
    const target = (providerTraits(kind).target ?? usualTarget)(asked);
    assert.equal(`${target?.path ?? ''}${target?.query ?? ''}`, expected);
  });
}

for (const name of ['a/b', String.raw`a\b`, 'a%2fb', 'a?b', 'a#b', '..', 'a b']) {
  test(`the model ${name} is refused where it would change the path`, () => {
    for (const [kind, type] of [
      ['gemini', 'generateContent'],
      ['vertex', 'generateContent'],
      ['vertex', 'messages'],
    ] as const) {
      const asked = providerCall(kind, { type, model: name }, project);
      assert.throws(() => providerTraits(kind).target?.(asked), LlmBadRequest);
    }
  });
}

test('Claude on Vertex AI is sent the version in the body and no model, and keeps stream and the order of members', () => {
  const body = {
    model: 'claude-sonnet-4-6',
    max_tokens: 5,
    tools: [{ name: 't', input_schema: { type: 'object' } }],
    system: [{ type: 'text', text: 's' }],
    stream: true,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
  };
  const draft = new BodyDraft(body, null);
  providerTraits('vertex').finishBody?.(providerCall('vertex', { model: body.model }), draft, []);
  const sent = JSON.parse(draft.bytes().toString()) as JsonObject;
  assert.deepEqual(validateRequest('messagesVertex', sent), []);
  const order = Object.keys(sent).filter((name) => name !== 'anthropic_version');
  assert.deepEqual(order, ['max_tokens', 'tools', 'system', 'stream', 'messages']);
  assert.equal(sent['stream'], true);
});

test('Claude on Vertex AI is sent only betas that it knows, and no version in a field', () => {
  const fields = new HeaderList([
    'anthropic-version',
    '2023-06-01',
    'anthropic-beta',
    'interleaved-thinking-2025-05-14,oauth-2025-04-20, nonsense',
  ]);
  const dropped: string[] = [];
  providerTraits('vertex').finishFields?.(providerCall('vertex'), fields, dropped);
  assert.deepEqual(dropped, ['anthropic-beta[oauth-2025-04-20]', 'anthropic-beta[nonsense]']);
  assert.equal(fields.combined('anthropic-beta'), 'interleaved-thinking-2025-05-14');
  assert.equal(fields.combined('anthropic-version'), undefined);
});

for (const kind of ['gemini', 'vertex']) {
  test(`a key of ${kind} stands in its own field, a token is a bearer`, () => {
    const { keyLocation } = providerTraits(kind);
    assert.deepEqual(keyLocation?.('AIzaSyA'), { kind: 'header', name: 'x-goog-api-key', prefix: '' });
    assert.equal(keyLocation?.('ya29.token'), undefined);
  });
}

test('a key of Azure stands in api-key', () => {
  assert.deepEqual(providerTraits('azure').keyLocation?.('k'), { kind: 'header', name: 'api-key', prefix: '' });
});
