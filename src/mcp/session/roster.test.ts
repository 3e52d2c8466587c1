import assert from 'node:assert/strict';
import { test } from 'node:test';
import { livingWorkers, markLost, Roster, type Place } from './roster.ts';

const seeds = Array.from({ length: 3000 }, (_, i) => Math.imul(i, 2_654_435_761) >>> 0);

function roster(living: SharedArrayBuffer, worker: number, generation = 1): Roster {
  return new Roster({ own: { run: 'r', worker, generation }, living });
}

test('a worker lives from its arrival to its loss, and its replacement is another', () => {
  const living = livingWorkers(2);
  const [mine, other] = [roster(living, 0), roster(living, 1)];
  mine.arrive();
  assert.ok(mine.isLive(mine.own) && !mine.isLive(other.own));
  other.arrive();
  assert.ok(mine.isLive(other.own) && !mine.isOwn(other.own));
  assert.ok(!mine.isLive({ ...other.own, run: 'another' }));
  markLost(living, 1);
  assert.ok(!mine.isLive(other.own));
  const replacement = roster(living, 1, 2);
  replacement.arrive();
  assert.ok(mine.isLive(replacement.own) && !mine.isLive(other.own));
});

test('all workers find the same heir, and heirs have about as much each', () => {
  const living = livingWorkers(4);
  const workers = [0, 1, 2, 3].map((worker) => roster(living, worker));
  for (const worker of workers) worker.arrive();
  const lost: Place = { run: 'before', worker: 9, generation: 1 };
  const shares = [0, 0, 0, 0];
  for (const seed of seeds) {
    const heirs = new Set(workers.map((worker) => worker.heir(lost, seed)));
    assert.equal(heirs.size, 1);
    for (const heir of heirs) shares[heir] = (shares[heir] ?? 0) + 1;
  }
  for (const share of shares) assert.ok(share > 600 && share < 900, String(shares));
});

test('a replacement is not its predecessor’s heir, unless nobody else lives', () => {
  const living = livingWorkers(3);
  const workers = [0, 1, 2].map((worker) => roster(living, worker));
  for (const worker of workers) worker.arrive();
  const [first, second] = workers;
  assert.ok(first !== undefined && second !== undefined);
  markLost(living, 1);
  const before = seeds.map((seed) => first.heir(second.own, seed));
  const replacement = roster(living, 1, 2);
  replacement.arrive();
  assert.deepEqual(
    seeds.map((seed) => replacement.heir(second.own, seed)),
    before,
  );
  for (const worker of [0, 2]) markLost(living, worker);
  assert.equal(replacement.heir(second.own, 7), 1);
});

test('the loss of another worker moves only what that one had', () => {
  const living = livingWorkers(4);
  const mine = roster(living, 0);
  for (const worker of [0, 1, 2, 3]) roster(living, worker).arrive();
  const lost: Place = { run: 'before', worker: 0, generation: 1 };
  const before = seeds.map((seed) => mine.heir(lost, seed));
  markLost(living, 3);
  for (const [i, seed] of seeds.entries()) {
    if (before[i] !== 3) assert.equal(mine.heir(lost, seed), before[i]);
  }
});
