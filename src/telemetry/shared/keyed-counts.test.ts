import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedCounters } from './counters.ts';
import { countsShape, KeyedCounts, reclaimCounts } from './keyed-counts.ts';
import { KeyedTable } from './keyed-table.ts';
import { placesShape, reclaimPlaces, SharedPlaces } from './places.ts';

const workers = 3;

function open(
  max: number,
  keys = 100,
): {
  readonly shared: SharedCounters;
  readonly buffer: SharedArrayBuffer;
  readonly counts: readonly KeyedCounts[];
} {
  const shared = new SharedCounters(workers);
  const buffer = shared.area('clients', KeyedTable.bytesOf(countsShape(keys, workers)));
  const counts = Array.from(
    { length: workers },
    (_, worker) => new KeyedCounts({ buffer, worker, workers }, keys, max),
  );
  return { shared, buffer, counts };
}

test('a count is one number for all workers, by key', () => {
  const [a, b] = open(2).counts as [KeyedCounts, KeyedCounts];
  assert.deepEqual([a.take('x'), b.take('x'), a.take('x'), b.take('y')], ['held', 'held', 'full', 'held']);
  b.giveBack('x');
  assert.deepEqual([a.take('x'), b.take('x')], ['held', 'full']);
});

test('with more keys than there is room for, those that come last are not counted, until others have gone', () => {
  const [a] = open(1, 1).counts as [KeyedCounts];
  const keys = Array.from({ length: 100 }, (_, i) => `key ${i}`);
  const first = keys.map((key) => a.take(key));
  assert.deepEqual([first.filter((one) => one === 'held').length, first.indexOf('noRoom')], [64, 64]);
  assert.deepEqual([a.take('key 0'), a.take('key 99'), a.take('key 99')], ['full', 'noRoom', 'noRoom']);
  a.giveBack('key 0');
  assert.deepEqual([a.take('key 99'), a.take('key 99')], ['held', 'full']);
});

test('a lost worker leaves what it held, and only that', () => {
  const { shared, counts } = open(2);
  const [lost, other] = counts as [KeyedCounts, KeyedCounts];
  lost.take('x');
  other.take('x');
  shared.reclaim(0);
  assert.deepEqual([other.take('x'), other.take('x')], ['held', 'full']);
  other.giveBack('x');
  other.giveBack('x');
  assert.deepEqual([other.take('x'), other.take('x'), other.take('x')], ['held', 'held', 'full']);
});

test('counts and places are told apart when a worker is lost', () => {
  const { buffer, counts } = open(1);
  counts[0]?.take('x');
  reclaimPlaces(buffer, 0);
  assert.equal(counts[1]?.take('x'), 'full');
  const places = new SharedArrayBuffer(KeyedTable.bytesOf(placesShape(100, workers)));
  const [a, b] = [0, 1].map((worker) => new SharedPlaces({ buffer: places, worker, workers }, 100, 1));
  a?.tryTake('x');
  reclaimCounts(places, 0);
  assert.equal(b?.tryTake('x'), false);
});
