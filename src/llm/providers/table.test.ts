import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providerRows } from '../../config/translate/providers.ts';
import { localResponder, providerLabel } from './table.ts';

test('labels are those of the OpenTelemetry conventions, else the kind', () => {
  assert.equal(providerLabel('openAI'), 'openai');
  assert.equal(providerLabel('gemini'), 'gcp.gemini');
  assert.equal(providerLabel('groq'), 'groq');
  assert.equal(providerLabel('my-own'), 'my-own');
});

test('only the demo answers inside the gateway', () => {
  assert.deepEqual(
    Object.keys(providerRows).filter((kind) => localResponder(kind) !== null),
    ['demo'],
  );
});

test('a kind with a name that every object has is like any unknown one', () => {
  assert.equal(providerLabel('constructor'), 'constructor');
  assert.equal(localResponder('toString'), null);
});
