import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Logger } from '../../base/logger.ts';
import type { Issue } from './cached-token.ts';
import { CredentialStore } from './credential-store.ts';

const ports = { log: new Logger(() => undefined), env: {}, fetch: () => Promise.reject(new Error('not asked')) };

test('equal specs share one token, which lives until the last one gives it back', async () => {
  const store = new CredentialStore(ports);
  const signals: AbortSignal[] = [];
  const issue = (): Issue<string> => (signal) => {
    signals.push(signal);
    return new Promise(() => undefined);
  };
  const first = store.acquire('A', { tenant: 'a' }, [], issue);
  const second = store.acquire('A', { tenant: 'a' }, [], issue);
  const other = store.acquire('A', { tenant: 'b' }, [], issue);
  const named = store.acquire('B', { tenant: 'a' }, [], issue);
  assert.equal(first.token, second.token);
  assert.equal(new Set([first.token, other.token, named.token]).size, 3);
  const waiting = assert.rejects(async () => await first.token.get());
  first.release();
  first.release();
  assert.equal(signals[0]?.aborted, false);
  second.release();
  await waiting;
  assert.equal(signals[0]?.aborted, true);
  other.release();
  named.release();
  assert.equal(store.size, 0);
});
