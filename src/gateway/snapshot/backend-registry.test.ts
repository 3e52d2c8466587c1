import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CompiledBackend } from '../backends/backend.ts';
import { BackendRegistry } from './backend-registry.ts';

function made(log: string[], name: string): () => CompiledBackend {
  return () => {
    log.push(`make ${name}`);
    return { key: 'k', name, protocol: 'http', handle: () => undefined, close: () => void log.push(`close ${name}`) };
  };
}

test('equal configuration shares one backend, which its last user closes', () => {
  const log: string[] = [];
  const registry = new BackendRegistry();
  const first = registry.acquire('k', 'one', made(log, 'a'));
  assert.equal(registry.acquire('k', 'one', made(log, 'b')), first);
  registry.release('k', 'one');
  assert.deepEqual(log, ['make a']);
  registry.release('k', 'one');
  registry.release('k', 'one');
  assert.deepEqual(log, ['make a', 'close a']);
});

test('another configuration under the same key is another backend', () => {
  const log: string[] = [];
  const registry = new BackendRegistry();
  registry.acquire('k', 'one', made(log, 'a'));
  registry.acquire('k', 'two', made(log, 'b'));
  registry.release('k', 'one');
  assert.deepEqual(log, ['make a', 'make b', 'close a']);
  registry.close();
  assert.deepEqual(log, ['make a', 'make b', 'close a', 'close b']);
});
