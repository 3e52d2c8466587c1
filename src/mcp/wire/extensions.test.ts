import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APPS, mergedExtensions, readExtensions, relayedExtensions, TASKS } from './extensions.ts';

test('of the extensions of the specification those are relayed that mean the same behind the gateway', () => {
  const declared = readExtensions({
    extensions: {
      [APPS]: { mimeTypes: ['a'] },
      [TASKS]: {},
      'io.modelcontextprotocol/skills': {},
      'com.example/x': { on: true },
      broken: 7,
    },
  });
  assert.deepEqual(Object.keys(relayedExtensions(declared, true)), [APPS, TASKS, 'com.example/x']);
  assert.deepEqual(Object.keys(relayedExtensions(declared, false)), [APPS, 'com.example/x']);
  for (const none of [undefined, {}, { extensions: 7 }]) assert.deepEqual(readExtensions(none), {});
});

test('what several servers say of one extension is put together', () => {
  const first = { [APPS]: { mimeTypes: ['a', 'b'], flag: false, limit: 1, deep: { x: 1 } }, 'com.example/x': {} };
  const second = { [APPS]: { mimeTypes: ['b', 'c'], flag: true, limit: 2, deep: { y: 2 }, more: 'z' } };
  assert.deepEqual(mergedExtensions([first, second]), {
    [APPS]: { mimeTypes: ['a', 'b', 'c'], flag: true, limit: 1, deep: { x: 1, y: 2 }, more: 'z' },
    'com.example/x': {},
  });
  assert.deepEqual(mergedExtensions([]), {});
});
