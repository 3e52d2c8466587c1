import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localResponder, providerLabel, providerTable } from './table.ts';

test('labels are those of the OpenTelemetry conventions, else the kind', () => {
  assert.equal(providerLabel('openAI'), 'openai');
  assert.equal(providerLabel('gemini'), 'gcp.gemini');
  assert.equal(providerLabel('groq'), 'groq');
  assert.equal(providerLabel('my-own'), 'my-own');
});

test('only the demo answers inside the gateway', () => {
  assert.deepEqual(
    Object.keys(providerTable).filter((kind) => localResponder(kind) !== null),
    ['demo'],
  );
});

test('key variables are the usual ones', () => {
  assert.equal(providerTable['openAI']?.keyEnv, 'OPENAI_API_KEY');
  assert.equal(providerTable['groq']?.keyEnv, 'GROQ_API_KEY');
  assert.equal(providerTable['ollama']?.keyEnv, undefined);
  assert.equal(providerTable['demo']?.keyEnv, undefined);
});

test('a kind with a name that every object has is like any unknown one', () => {
  assert.equal(providerLabel('constructor'), 'constructor');
  assert.equal(localResponder('toString'), null);
});
