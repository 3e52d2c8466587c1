import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyDraft } from '../request/draft.ts';
import { providerCall } from '../testing/provider-call.ts';
import { validateRequest } from '../testing/validate.ts';
import { bedrock } from './bedrock.ts';

const settings = { guardrail: { identifier: 'gr1a2b', version: '7' } };

function finished(stream: boolean, more: object = {}): Record<string, unknown> {
  const draft = new BodyDraft({ messages: [{ role: 'user', content: [{ text: 'hi' }] }], ...more }, null);
  bedrock.finishBody?.(providerCall('bedrock', { type: 'converse', model: 'm', stream }, { settings }), draft, []);
  return JSON.parse(draft.bytes().toString()) as Record<string, unknown>;
}

test('a guardrail of the provider stands in the body of both operations', () => {
  const whole = finished(false);
  assert.deepEqual(validateRequest('converse', whole), []);
  assert.equal((whole['guardrailConfig'] as { guardrailIdentifier: string }).guardrailIdentifier, 'gr1a2b');
  const streamed = finished(true);
  assert.deepEqual(validateRequest('converseStream', streamed), []);
  assert.equal((streamed['guardrailConfig'] as { guardrailVersion: string }).guardrailVersion, '7');
});

test("a client's own guardrail stays", () => {
  const guardrailConfig = { guardrailIdentifier: 'other', guardrailVersion: 'DRAFT' };
  assert.deepEqual(finished(true, { guardrailConfig })['guardrailConfig'], guardrailConfig);
});
