import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyedTable, reclaimTable } from './keyed-table.ts';
import { placesShape, reclaimPlaces, SharedPlaces } from './places.ts';

const workers = 3;

function open(max: number, keys = 0): { readonly buffer: SharedArrayBuffer; readonly places: readonly SharedPlaces[] } {
  const buffer = new SharedArrayBuffer(KeyedTable.bytesOf(placesShape(keys, workers)));
  const places = Array.from(
    { length: workers },
    (_, worker) => new SharedPlaces({ buffer, worker, workers }, keys, max),
  );
  return { buffer, places };
}

test('places are one number for all workers, by key', () => {
  const [a, b] = open(2, 100).places as [SharedPlaces, SharedPlaces];
  assert.deepEqual([a.tryTake('x'), b.tryTake('x'), a.tryTake('x'), b.tryTake('y')], [true, true, false, true]);
  b.giveBack('x');
  assert.equal(a.tryTake('x'), true);
});

test('who comes later does not pass who waits, and the line knows priorities and patience over all workers', () => {
  const [a, b, c] = open(1).places as [SharedPlaces, SharedPlaces, SharedPlaces];
  assert.equal(a.tryTake(''), true);
  const early = { priority: 0, since: 1 };
  const late = { priority: 0, since: 2 };
  const dear = { priority: 5, since: 3 };
  for (const [places, waiting] of [
    [a, early],
    [b, late],
    [c, dear],
  ] as const) {
    assert.equal(places.join('', waiting, 3), true);
  }
  assert.equal(a.join('', early, 3), false);
  assert.equal(c.advance('', dear, null), false);
  a.giveBack('');
  assert.equal(b.tryTake(''), false);
  assert.deepEqual([a.advance('', early, null), b.advance('', late, null)], [false, false]);
  assert.equal(c.advance('', dear, null), true);
  c.giveBack('');
  assert.equal(b.advance('', late, null), false);
  assert.equal(a.advance('', early, null), true);
  a.giveBack('');
  b.quit('', null);
  assert.equal(b.tryTake(''), true);
});

test('a lost worker leaves its places and its lines, and the others hear of it', async () => {
  const { buffer, places } = open(2, 100);
  const [lost, other] = places as [SharedPlaces, SharedPlaces];
  lost.tryTake('x');
  lost.tryTake('x');
  lost.join('x', { priority: 9, since: 1 }, 5);
  other.join('x', { priority: 0, since: 2 }, 5);
  const seen = other.changes;
  assert.equal(other.advance('x', { priority: 0, since: 2 }, null), false);
  const heard = other.changed(seen, 60_000);
  reclaimPlaces(buffer, 0);
  await heard;
  assert.equal(other.advance('x', { priority: 0, since: 2 }, null), true);
  assert.equal(other.tryTake('x'), true);
  assert.equal(other.tryTake('x'), false);
});

test('a table that is none of places is let alone', () => {
  const shape = { keys: 10, cells: 3 };
  const buffer = new SharedArrayBuffer(KeyedTable.bytesOf(shape));
  const { cells } = new KeyedTable({ buffer, worker: 0, workers }, shape);
  cells.fill(7);
  reclaimPlaces(buffer, 0);
  assert.ok(cells.every((cell) => cell === 7));
});

test('memory of something else is let alone, whatever stands in it', () => {
  for (const bytes of [8, 64, 4096]) {
    const buffer = new SharedArrayBuffer(bytes);
    const words = new Int32Array(buffer).fill(2);
    reclaimTable(buffer, 1);
    reclaimPlaces(buffer, 1);
    assert.ok(words.every((word) => word === 2));
  }
});
