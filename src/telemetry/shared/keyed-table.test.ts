import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { KeyedTable, reclaimTable, type Occupancy } from './keyed-table.ts';
import { SharedLocks } from './locks.ts';

const shape = { keys: 24, cells: 1 };

function open(
  worker = 0,
  buffer = new SharedArrayBuffer(KeyedTable.bytesOf(shape)),
): {
  readonly table: KeyedTable;
  readonly buffer: SharedArrayBuffer;
  readonly occupancy: Occupancy;
  add(key: string, count: number): number;
} {
  const table = new KeyedTable({ buffer, worker, workers: 4 }, shape);
  const occupancy: Occupancy = {
    isFree: (at) => table.cells[at] === 0,
    begin(at, shared) {
      table.cells[at] = table.cells[shared] ?? 0;
      return true;
    },
  };
  const add = (key: string, count: number): number => {
    const at = table.enter(key, occupancy);
    const value = (table.cells[at] ?? 0) + count;
    table.cells[at] = value;
    table.leave();
    return value;
  };
  return { table, buffer, occupancy, add };
}

test('each key has cells of its own, which all workers find', () => {
  const one = open();
  const two = open(1, one.buffer);
  assert.equal(one.add('a', 3), 3);
  assert.equal(one.add('b', 1), 1);
  assert.equal(two.add('a', 1), 4);
  assert.equal(two.add('b', 1), 2);
});

test('keys that find no place share one, and go on with what it says when they get their own', () => {
  const { table, occupancy, add } = open();
  const places = 64;
  for (let i = 0; i < places; i++) assert.equal(add(`key ${i}`, 1), 1);
  assert.equal(add('late', 1), 1);
  assert.equal(add('later', 1), 2);
  const at = table.enter('late', occupancy);
  assert.equal(table.isShared(at), true);
  table.leave();
  // A place becomes free.
  add('key 7', -1);
  assert.equal(add('late', 1), 3);
  assert.equal(add('later', 1), 3);
  assert.equal(add('late', 1), 4);
});

test('without keys there is one place', () => {
  const single = { keys: 0, cells: 2 };
  const table = new KeyedTable(
    { buffer: new SharedArrayBuffer(KeyedTable.bytesOf(single)), worker: 0, workers: 1 },
    single,
  );
  const never: Occupancy = { isFree: () => false, begin: () => assert.fail('there is nothing to begin') };
  for (const key of ['a', 'b']) {
    assert.equal(table.enter(key, never), 0);
    table.leave();
  }
});

test('a table holds as many keys as it is for, each by itself', () => {
  const wide = { keys: 20_000, cells: 1 };
  const table = new KeyedTable(
    { buffer: new SharedArrayBuffer(KeyedTable.bytesOf(wide)), worker: 0, workers: 1 },
    wide,
  );
  const occupancy: Occupancy = { isFree: (at) => table.cells[at] === 0, begin: () => true };
  const seen = new Set<number>();
  for (let i = 0; i < wide.keys; i++) {
    const at = table.enter(`user-${i}`, occupancy);
    assert.equal(table.isShared(at), false);
    table.cells[at] = 1;
    table.leave();
    seen.add(at);
  }
  assert.equal(seen.size, wide.keys);
});

test('threads that race count every time', async () => {
  const { table, buffer, occupancy } = open();
  const code = `
    import { workerData } from 'node:worker_threads';
    import { KeyedTable } from ${JSON.stringify(new URL('./keyed-table.ts', import.meta.url).href)};
    const { buffer, worker, shape } = workerData;
    const table = new KeyedTable({ buffer, worker, workers: 4 }, shape);
    const occupancy = { isFree: (at) => table.cells[at] === 0, begin: () => true };
    for (let i = 0; i < 20000; i++) {
      const at = table.enter('k' + (i % 3), occupancy);
      table.cells[at] = table.cells[at] + 1;
      table.leave();
    }`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  await Promise.all(
    [0, 1, 2].map((worker) => {
      const thread = new Worker(url, { workerData: { buffer, worker, shape } });
      return new Promise((resolve, reject) => thread.on('exit', resolve).on('error', reject));
    }),
  );
  let total = 0;
  for (const key of ['k0', 'k1', 'k2']) {
    total += table.cells[table.enter(key, occupancy)] ?? 0;
    table.leave();
  }
  assert.equal(total, 60_000);
});

test('what a lost worker had locked is free again, also for who sleeps for it', async () => {
  const lost = open(1);
  lost.table.enter('a', lost.occupancy);
  const code = `
    import { workerData, parentPort } from 'node:worker_threads';
    import { KeyedTable } from ${JSON.stringify(new URL('./keyed-table.ts', import.meta.url).href)};
    const { buffer, shape } = workerData;
    parentPort.postMessage('starts');
    const table = new KeyedTable({ buffer, worker: 2, workers: 4 }, shape);
    table.enter('a', { isFree: () => true, begin: () => true });
    table.leave();`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  const thread = new Worker(url, { workerData: { buffer: lost.buffer, shape } });
  const ended = new Promise((resolve, reject) => thread.on('exit', resolve).on('error', reject));
  await new Promise((resolve) => thread.once('message', resolve));
  reclaimTable(lost.buffer, 0);
  assert.equal(new Int32Array(lost.buffer, 64, 1)[0] === 0, false);
  reclaimTable(lost.buffer, 1);
  assert.equal(await ended, 0);
});

test('a lock that nobody gives back is an error in the end', () => {
  const cells = new Int32Array(new SharedArrayBuffer(4));
  new SharedLocks(cells, 0).acquire(0);
  assert.throws(() => new SharedLocks(cells, 1).acquire(0), /locked/);
});
