import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseClusterUrl } from './cluster-url.ts';

test('a URL of a cluster names its nodes and how to sign in at each', () => {
  assert.deepEqual(parseClusterUrl('redis+cluster://one:7000,two,[::1]:7002'), {
    nodes: [
      { host: 'one', port: 7000 },
      { host: 'two', port: 6379 },
      { host: '::1', port: 7002 },
    ],
    tls: false,
  });
  assert.deepEqual(parseClusterUrl('rediss+cluster://user:p%40ss@one/'), {
    nodes: [{ host: 'one', port: 6379 }],
    username: 'user',
    password: 'p@ss',
    tls: true,
  });
  assert.deepEqual(parseClusterUrl('redis+cluster://:s3cret@one')?.password, 's3cret');
});

test('what is no URL of a cluster is refused', () => {
  for (const text of [
    'redis://one:7000',
    'redis+cluster://',
    'redis+cluster://one,',
    'redis+cluster://one:70000',
    'redis+cluster://one:7000/0',
    'redis+cluster://one two',
    'redis+cluster://:%ff@one',
  ]) {
    assert.equal(parseClusterUrl(text), undefined, text);
  }
});
