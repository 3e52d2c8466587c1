import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyHash } from './key-hash.ts';

test('the hash is HalfSipHash-2-4 of the text in UTF-16', () => {
  // vectors_hsip64 of the reference implementation, of the bytes '' and 00 01, as two little-endian words.
  const hash = new KeyHash(0x03020100, 0x07060504);
  hash.of('');
  assert.deepEqual([hash.low, hash.high], [0x591f8d21, 0xc83cb8b9]);
  hash.of('\u0100');
  assert.deepEqual([hash.low, hash.high], [0xef394f06, 0x57eb507c]);
});

test('every character counts, wherever it stands', () => {
  const hash = new KeyHash(1, 2);
  const seen = new Set<string>();
  for (const text of ['', 'a', 'b', 'ab', 'ba', 'abc', 'abd', '\0', '\0\0', '\0\0\0', 'é', 'e\u0301', '🙂']) {
    hash.of(text);
    seen.add(`${hash.low} ${hash.high}`);
  }
  assert.equal(seen.size, 13);
});
