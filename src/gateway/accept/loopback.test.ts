import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopbackHost } from './loopback.ts';

test('only names and addresses of this machine are loopback', () => {
  for (const host of ['localhost', 'a.localhost', '127.0.0.1', '127.255.255.254', '[::1]']) {
    assert.ok(isLoopbackHost(host), host);
  }
  for (const host of [
    '',
    'local',
    'xlocalhost',
    '127.0.0.1.a',
    '1127.0.0.1',
    '127.1',
    '[::]',
    '[::ffff:127.0.0.1]',
    '::1',
  ]) {
    assert.ok(!isLoopbackHost(host), host);
  }
});
