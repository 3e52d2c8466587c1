import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LruMap } from './lru.ts';

test('what is used stays, what is not goes, and there are never more than the capacity', () => {
  const map = new LruMap<string, number>(100);
  map.set('hot', 1);
  map.set('cold', 2);
  for (let i = 0; i < 1000; i++) {
    map.set(`key ${i}`, i);
    assert.equal(map.get('hot'), 1);
    assert.ok(map.size <= 100);
  }
  assert.equal(map.get('cold'), undefined);
  assert.equal(map.get('key 999'), 999);
  // The last half of the capacity is always there.
  assert.equal(map.get('key 960'), 960);
});

test('a deleted entry is gone, wherever it was', () => {
  const map = new LruMap<string, number>(4);
  for (const key of ['a', 'b', 'c']) map.set(key, 1);
  assert.equal(map.get('a'), 1);
  map.delete('a');
  assert.equal(map.get('a'), undefined);
});

test('what it holds is what was set last', () => {
  const step = fc.record({ key: fc.integer({ min: 0, max: 12 }), write: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const map = new LruMap<number, number>(8);
      const last = new Map<number, number>();
      for (const [index, { key, write }] of steps.entries()) {
        if (write) {
          map.set(key, index);
          last.set(key, index);
        }
        const found = map.get(key);
        if (write) assert.equal(found, index);
        else if (found !== undefined) assert.equal(found, last.get(key));
        assert.ok(map.size <= 8);
      }
    }),
  );
});

test('one entry, or none, is a capacity, too', () => {
  const one = new LruMap<string, number>(1);
  one.set('a', 1);
  one.set('b', 2);
  assert.deepEqual([one.get('a'), one.get('b'), one.size], [undefined, 2, 1]);
  const none = new LruMap<string, number>(0);
  none.set('a', 1);
  assert.deepEqual([none.get('a'), none.size], [undefined, 0]);
});
