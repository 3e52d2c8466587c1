import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAuthority } from './dynamic-backend.ts';

test('an authority names host and port, the port by default the scheme’s', () => {
  assert.deepEqual(parseAuthority('a.test', 'http'), { kind: 'tcp', host: 'a.test', port: 80 });
  assert.deepEqual(parseAuthority('a.test', 'https'), { kind: 'tcp', host: 'a.test', port: 443 });
  assert.deepEqual(parseAuthority('10.0.0.1:8080', 'http'), { kind: 'tcp', host: '10.0.0.1', port: 8080 });
  assert.deepEqual(parseAuthority('[::1]:8080', 'http'), { kind: 'tcp', host: '::1', port: 8080 });
  assert.deepEqual(parseAuthority('[::1]', 'http'), { kind: 'tcp', host: '::1', port: 80 });
});

test('anything else is none', () => {
  for (const text of [
    '',
    ':80',
    'a:',
    'a:b',
    'a:0',
    'a:65536',
    '::1',
    '[::1',
    'u@a',
    'a/b',
    'a?b',
    'a b',
    'http://a',
  ]) {
    assert.equal(parseAuthority(text, 'http'), null, text);
  }
});
