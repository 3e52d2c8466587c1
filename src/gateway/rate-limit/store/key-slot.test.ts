import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keySlot } from './key-slot.ts';

test('keys have the slots that Redis gives them', () => {
  // The check value of the algorithm, and CLUSTER KEYSLOT of a Redis 7.
  for (const [key, slot] of [
    ['123456789', 0x31c3],
    ['user1000', 3443],
    ['{user1000}.following', 3443],
    ['a{}b', 13_694],
    ['a{b', 13_340],
    ['ö', 1050],
    ['', 0],
  ] as const) {
    assert.equal(keySlot(key), slot, key);
  }
});
