import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndedIds, endedIdsMemory } from './ended-ids.ts';

test('an ended id is known to all that share the memory, until it expires', () => {
  let time = 1_800_000_000_000;
  const memory = endedIdsMemory();
  const [one, two] = [new EndedIds(memory, () => time), new EndedIds(memory, () => time)];
  one.add(5n, time + 10_000);
  assert.ok(two.has(5n));
  assert.ok(!two.has(6n));
  time += 10_000;
  assert.ok(!two.has(5n));
});

test('where there is no place for one more, those that expire first are forgotten', () => {
  const time = 1_800_000_000_000;
  const ended = new EndedIds(endedIdsMemory(), () => time);
  // All of these belong in the same eight places.
  const marks = Array.from({ length: 10 }, (_, i) => 3n + (BigInt(i) << 32n));
  for (const [i, mark] of marks.entries()) ended.add(mark, time + 1000 * (i + 1));
  assert.deepEqual(
    marks.map((mark) => ended.has(mark)),
    [false, false, true, true, true, true, true, true, true, true],
  );
  ended.add(marks[9] ?? 0n, time + 60_000);
  assert.ok(ended.has(marks[2] ?? 0n));
});
