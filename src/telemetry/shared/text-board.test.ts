import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { boardBytes, TextBoard, type BoardShape } from './text-board.ts';

const shape: BoardShape = { slots: 64, longest: 24_576, evicts: false };
const memory = (): SharedArrayBuffer => new SharedArrayBuffer(boardBytes(shape));
const later = (): number => Date.now() + 60_000;

function mine(entry: Awaited<ReturnType<TextBoard['enter']>>): number {
  assert.ok(entry?.kind === 'mine');
  return entry.slot;
}

test('the first renews; the others, of any worker, get what it publishes', async () => {
  const shared = memory();
  const [one, two] = [new TextBoard(shape, shared), new TextBoard(shape, shared)];
  const slot = mine(await one.enter(7n));
  const waiting = [two.enter(7n), two.enter(7n), one.enter(7n)];
  one.publish(slot, 'renewed', later());
  for (const entry of await Promise.all(waiting)) assert.deepEqual(entry, { kind: 'text', text: 'renewed' });
  assert.deepEqual(await two.enter(7n), { kind: 'text', text: 'renewed' });
  // Another session is another matter, even where it would stand in the same place.
  mine(await two.enter(7n + 64n));
});

test('where it fails, the next one tries; what is lost is given up; what is old is forgotten', async () => {
  let now = 1_000_000;
  const board = new TextBoard(shape, memory(), () => now);
  const slot = mine(await board.enter(1n));
  const waiting = board.enter(1n);
  board.giveUp(slot);
  const again = mine(await waiting);
  now += 15_001;
  const third = mine(await board.enter(1n));
  board.publish(third, 'x', now + 60_000);
  now += 59_000;
  assert.deepEqual(await board.enter(1n), { kind: 'text', text: 'x' });
  now += 2000;
  mine(await board.enter(1n));
  assert.equal(typeof again, 'number');
});

test('a full board has no room, and a text that is too long is as if it had failed', async () => {
  const board = new TextBoard(shape, memory());
  for (let i = 0; i < 8; i++) mine(await board.enter(BigInt(i * 64)));
  assert.equal(await board.enter(BigInt(8 * 64)), null);
  const slot = mine(await board.enter(20n));
  const waiting = board.enter(20n);
  board.publish(slot, 'x'.repeat(30_000), later());
  mine(await waiting);
});

test('where a board may, the text that ends first makes room, and what is under way does not', async () => {
  let now = 1_000_000;
  const evicting: BoardShape = { slots: 8, longest: 64, evicts: true };
  const board = new TextBoard(evicting, new SharedArrayBuffer(boardBytes(evicting)), () => now);
  for (let i = 0n; i < 7n; i++) board.publish(mine(await board.enter(i)), `text ${i} ö`, now + 1000 - Number(i));
  const waits = mine(await board.enter(7n));
  board.publish(mine(await board.enter(8n)), 'new', now + 2000);
  assert.deepEqual(await board.enter(5n), { kind: 'text', text: 'text 5 ö' });
  board.publish(waits, 'done', now + 1000);
  now += 500;
  // It made room.
  mine(await board.enter(6n));
  assert.deepEqual(await board.enter(7n), { kind: 'text', text: 'done' });
});

test('four threads that begin at the same time use each token once', async () => {
  const shared = memory();
  const counts = new SharedArrayBuffer(4 * 200);
  const start = new SharedArrayBuffer(4);
  const threads = Array.from(
    { length: 4 },
    () =>
      new Worker(
        `const { workerData } = require('node:worker_threads');
        import(workerData.module).then(async ({ TextBoard }) => {
          const board = new TextBoard(workerData.shape, workerData.shared);
          const counts = new Int32Array(workerData.counts);
          Atomics.add(new Int32Array(workerData.start), 0, 1);
          while (Atomics.load(new Int32Array(workerData.start), 0) < 4);
          for (let i = 0; i < 200; i++) {
            const entry = await board.enter(BigInt(i));
            if (entry?.kind !== 'mine') continue;
            Atomics.add(counts, i, 1);
            await new Promise((resolve) => setTimeout(resolve, 1));
            board.publish(entry.slot, 'text ' + i, Date.now() + 60_000);
          }
        });`,
        {
          eval: true,
          workerData: { shape, shared, counts, start, module: new URL('text-board.ts', import.meta.url).href },
        },
      ),
  );
  await Promise.all(threads.map((thread) => new Promise((resolve) => thread.once('exit', resolve))));
  // As many as there are places: after that the board is full, and everyone is on their own.
  const found = [...new Int32Array(counts)].slice(0, 64);
  assert.deepEqual(
    found.filter((count) => count !== 1),
    [],
  );
});
