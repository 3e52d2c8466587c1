import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedCell } from './cell.ts';
import { SharedCounters } from './counters.ts';

test('workers see one value, which the loss of one does not change', () => {
  const counters = new SharedCounters(2);
  const [a, b] = [new SharedCell(counters.slot('x')), new SharedCell(counters.slot('x'))];
  a.set(-5);
  assert.equal(
    b.update((value) => value * 2),
    -10,
  );
  counters.reclaim(0);
  assert.equal(a.get(), -10);
});
