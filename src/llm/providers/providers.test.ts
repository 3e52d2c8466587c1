import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localResponder, providerDefaults, providerKinds, providerLabel } from './defaults.ts';

test('a base URL becomes address, prefix and TLS', () => {
  const groq = providerDefaults('groq');
  assert.deepEqual(groq?.address, { kind: 'tcp', host: 'api.groq.com', port: 443 });
  assert.equal(groq.pathPrefix, '/openai/v1');
  assert.equal(groq.tls, true);
  assert.equal(groq.keyEnv, 'GROQ_API_KEY');
  assert.deepEqual(groq.auth, { kind: 'header', name: 'authorization', prefix: 'Bearer ' });
  const ollama = providerDefaults('ollama');
  assert.deepEqual(ollama?.address, { kind: 'tcp', host: 'localhost', port: 11434 });
  assert.equal(ollama.tls, false);
  assert.equal(ollama.keyEnv, undefined);
});

test('custom has no address of its own and the usual prefix', () => {
  const custom = providerDefaults('custom');
  assert.equal(custom?.address, undefined);
  assert.equal(custom?.pathPrefix, '/v1');
  assert.equal(custom?.local, false);
});

test('only a provider that answers here has a responder', () => {
  for (const kind of providerKinds()) {
    assert.equal(localResponder(kind) !== null, providerDefaults(kind)?.local, kind);
  }
  assert.equal(providerDefaults('demo')?.local, true);
});

test('every kind other than custom says what it speaks', () => {
  for (const kind of providerKinds()) {
    const formats = providerDefaults(kind)?.formats ?? [];
    assert.equal(
      formats.some((f) => f.format === 'completions'),
      kind !== 'custom',
      kind,
    );
  }
});

test('an unknown kind has no defaults, also one that every object has', () => {
  assert.equal(providerDefaults('nope'), undefined);
  assert.equal(providerDefaults('constructor'), undefined);
  assert.equal(providerLabel('constructor'), 'constructor');
  assert.equal(localResponder('toString'), null);
});
