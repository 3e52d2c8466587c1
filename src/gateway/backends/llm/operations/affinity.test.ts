import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LlmProvider } from '../../../../model/llm.ts';
import type { Attempt } from '../attempt.ts';
import { compileAffinity } from './affinity.ts';

function attempt(name: string, identity: string, formats: LlmProvider['formats'] = [{ format: 'responses' }]): Attempt {
  const provider: LlmProvider = { name, kind: 'openAI', pathPrefix: '/v1', formats, policies: {} };
  return { provider, identity, upstream: {} } as Attempt;
}

test('one provider has one key, however many models it has', () => {
  const affinity = compileAffinity([
    attempt('a', '1'),
    attempt('a', '1'),
    attempt('chat', '2', [{ format: 'completions' }]),
  ]);
  assert.equal(affinity.keepers.length, 1);
  assert.match(affinity.keyOf('1') ?? '', /^[0-9a-f]{8}$/);
  assert.deepEqual([affinity.isKeeper('1'), affinity.isKeeper('2'), affinity.keyOf('2')], [true, false, null]);
});

test('keys find their provider, and stay when its secret changes', () => {
  const before = compileAffinity([attempt('a', '1'), attempt('b', '2')]);
  const after = compileAffinity([attempt('a', '1-new'), attempt('b', '2')]);
  const key = before.keyOf('1') ?? '';
  assert.equal(before.byKey(key)?.provider.name, 'a');
  assert.equal(after.keyOf('1-new'), key);
  assert.equal(after.byKey(key)?.provider.name, 'a');
  assert.equal(before.byKey('00000000'), null);
});

test('two accounts at one place have keys of their own', () => {
  const affinity = compileAffinity([attempt('a', '1'), attempt('a', '2')]);
  assert.notEqual(affinity.keyOf('1'), affinity.keyOf('2'));
});
