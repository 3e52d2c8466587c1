import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LlmProvider } from '../../../model/llm.ts';
import type { BackendAuthSpec } from '../../../model/policy.ts';
import { providerLevels } from './credentials.ts';

function authOf(kind: string, value: string, over: Partial<LlmProvider> = {}): BackendAuthSpec | undefined {
  const provider: LlmProvider = { name: 'p', kind, pathPrefix: '', formats: [], policies: {}, ...over };
  return providerLevels(provider, [{ backendAuth: { kind: 'key', value } }]).findLast(
    (level) => level.backendAuth !== undefined,
  )?.backendAuth;
}

for (const [kind, key, field] of [
  ['anthropic', 'sk-ant-api03-x', 'x-api-key'],
  ['anthropic', 'sk-ant-oat01-x', undefined],
  ['gemini', 'AIzaX', 'x-goog-api-key'],
  ['gemini', 'ya29.x', undefined],
  ['vertex', 'AIzaX', 'x-goog-api-key'],
  ['azure', 'k', 'api-key'],
  ['bedrock', 'k', undefined],
  ['openAI', 'k', undefined],
  ['copilot', 'k', undefined],
] as const) {
  test(`a key ${key} of ${kind} stands in ${field ?? 'authorization'}`, () => {
    const auth = authOf(kind, key);
    assert(auth?.kind === 'key');
    assert.deepEqual(auth.location, field === undefined ? undefined : { kind: 'header', name: field, prefix: '' });
  });
}

test('a place that the file names is kept', () => {
  const location = { kind: 'query', name: 'key' } as const;
  const policies = { backendAuth: { kind: 'key', value: 'AIzaX', location } } as const;
  assert.deepEqual(authOf('gemini', 'other', { policies }), policies.backendAuth);
});

test('the usual credential of a kind is the last to be taken', () => {
  const usualAuth = { kind: 'copilot' } as const;
  const provider: LlmProvider = { name: 'p', kind: 'copilot', pathPrefix: '', formats: [], policies: {}, usualAuth };
  assert.deepEqual(providerLevels(provider, [{}])[0], { backendAuth: usualAuth });
  assert.equal(authOf('copilot', 'k', { usualAuth })?.kind, 'key');
});
