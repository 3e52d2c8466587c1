import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providerRows } from '../../config/translate/providers.ts';
import { localResponder, providerLabel } from './table.ts';

test('labels are the file’s, those of the OpenTelemetry conventions, or else the kind', () => {
  assert.equal(providerLabel({ kind: 'openAI' }), 'openai');
  assert.equal(providerLabel({ kind: 'gemini' }), 'gcp.gemini');
  assert.equal(providerLabel({ kind: 'mistral' }), 'mistral_ai');
  assert.equal(providerLabel({ kind: 'groq' }), 'groq');
  assert.equal(providerLabel({ kind: 'custom', label: 'my-own' }), 'my-own');
});

test('only the demo answers inside the gateway', () => {
  assert.deepEqual(
    Object.keys(providerRows).filter((kind) => localResponder(kind) !== null),
    ['demo'],
  );
});

test('a kind with a name that every object has is like any unknown one', () => {
  assert.equal(providerLabel({ kind: 'constructor' }), 'constructor');
  assert.equal(localResponder('toString'), null);
});
