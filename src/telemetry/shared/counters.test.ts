import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SharedCounters } from './counters.ts';
import { SharedLimit } from './limit.ts';

test('a limit holds for all workers together', () => {
  const counters = new SharedCounters(2);
  const [a, b] = [0, 1].map((worker) => new SharedLimit(counters.slot('connections/80'), worker, 3)) as [
    SharedLimit,
    SharedLimit,
  ];
  assert.deepEqual(
    [a, b, a, b].map((limit) => limit.tryAcquire()),
    [true, true, true, false],
  );
  assert.equal(a.value, 3);
  b.release();
  assert.equal(a.tryAcquire(), true);
  assert.equal(counters.value('connections/80'), 3);
});

test('names do not share a count, however many there are', () => {
  const counters = new SharedCounters(3);
  const limits = Array.from({ length: 200 }, (_, i) => new SharedLimit(counters.slot(`n${i}`), i % 3, 1));
  for (const limit of limits) assert.equal(limit.tryAcquire(), true);
  for (const limit of limits) assert.equal(limit.tryAcquire(), false);
  assert.equal(counters.directory().size, 200);
  assert.equal(counters.slot('n7'), counters.directory().get('n7'));
});

test('the loss of a worker gives back what it held and nothing else', () => {
  const counters = new SharedCounters(2);
  const [lost, other] = [0, 1].map((worker) => new SharedLimit(counters.slot('x'), worker, 0)) as [
    SharedLimit,
    SharedLimit,
  ];
  for (let i = 0; i < 5; i++) lost.tryAcquire();
  for (let i = 0; i < 3; i++) other.tryAcquire();
  counters.reclaim(0);
  assert.equal(other.value, 3);
  counters.reclaim(0);
  assert.equal(other.value, 3);
});

test('a release without an acquire does nothing', () => {
  const counters = new SharedCounters(2);
  const [a, b] = [0, 1].map((worker) => new SharedLimit(counters.slot('x'), worker, 5)) as [SharedLimit, SharedLimit];
  a.tryAcquire();
  b.release();
  a.release();
  a.release();
  assert.equal(a.value, 0);
});

test('without a limit the count is kept', () => {
  const limit = new SharedLimit(new SharedCounters(1).slot('x'), 0, 0);
  for (let i = 0; i < 1000; i++) assert.equal(limit.tryAcquire(), true);
  assert.equal(limit.value, 1000);
});

test('numbers that are none are refused', () => {
  assert.throws(() => new SharedCounters(0), RangeError);
  assert.throws(() => new SharedLimit(new SharedCounters(2).slot('x'), 2, 1), /no worker 2 of 2/);
});

test('threads that race never exceed the limit, and all is given back at the end', async () => {
  const counters = new SharedCounters(3);
  const peak = new Int32Array(new SharedArrayBuffer(8));
  const code = `
    import { workerData } from 'node:worker_threads';
    import { SharedLimit } from ${JSON.stringify(new URL('./limit.ts', import.meta.url).href)};
    const { slot, worker, peak } = workerData;
    const limit = new SharedLimit(slot, worker, 2);
    for (let i = 0; i < 20000; i++) {
      if (!limit.tryAcquire()) continue;
      if (Atomics.add(peak, 0, 1) >= 2) Atomics.add(peak, 1, 1);
      Atomics.sub(peak, 0, 1);
      limit.release();
    }
    limit.tryAcquire();`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  await Promise.all(
    [0, 1, 2].map((worker) => {
      const thread = new Worker(url, { workerData: { slot: counters.slot('x'), worker, peak } });
      return new Promise((resolve, reject) => thread.on('exit', resolve).on('error', reject));
    }),
  );
  assert.equal(peak[1], 0);
  // Each took one more at its end and was lost with it; at most two could.
  assert.equal(counters.value('x'), 2);
  for (const worker of [0, 1, 2]) counters.reclaim(worker);
  assert.equal(counters.value('x'), 0);
});
