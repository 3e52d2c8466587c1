import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leastLoaded, rendezvous, RoundRobin, type Choosable } from './choice.ts';
import { hashText } from './hash.ts';

interface Named extends Choosable {
  readonly name: string;
}

function member(
  name: string,
  more: { weight?: number; warmth?: number; score?: number; pending?: number } = {},
): Named {
  const { weight = 1, warmth = 1, score = 1, pending = 0 } = more;
  return { name, weight, warmth, hash: hashText(name), health: { score, pending } };
}

/** How often each is chosen in `count` choices. */
function tally(choose: (turn: number) => Named, count: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const { name } = choose(i);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Numbers from 0 to 1 that look random and are the same every time. */
function dice(): () => number {
  let state = 1;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

test('of two the one with the better score is chosen, of equal ones the one with fewer requests for its weight', () => {
  const chance = dice();
  const better = [member('bad', { score: 0.5 }), member('good', { score: 0.9 })];
  assert.deepEqual(
    tally(() => leastLoaded(better, chance), 50),
    { good: 50 },
  );
  const freer = [member('busy', { pending: 4 }), member('free', { pending: 2, score: 0.995 })];
  assert.deepEqual(
    tally(() => leastLoaded(freer, chance), 50),
    { free: 50 },
  );
  const large = [member('large', { pending: 4, weight: 4 }), member('small', { pending: 2 })];
  assert.deepEqual(
    tally(() => leastLoaded(large, chance), 50),
    { large: 50 },
  );
});

test('without a difference each gets its share by weight and warmth', () => {
  const counts = tally(
    (
      (members, chance) => () =>
        leastLoaded(members, chance)
    )([member('a', { weight: 6 }), member('b', { weight: 3 }), member('cold', { weight: 10, warmth: 0.1 })], dice()),
    10_000,
  );
  assert.ok(Math.abs((counts['a'] ?? 0) - 6000) < 300, JSON.stringify(counts));
  assert.ok(Math.abs((counts['b'] ?? 0) - 3000) < 300, JSON.stringify(counts));
});

test('a key stays with its endpoint when others come and go, and keys are spread by weight', () => {
  const members = [member('a'), member('b'), member('c', { weight: 2 })];
  const home = (key: number, among: readonly Named[]): string => rendezvous(among, hashText(`key ${key}`)).name;
  const counts = tally((key) => rendezvous(members, hashText(`key ${key}`)), 8000);
  assert.ok(Math.abs((counts['c'] ?? 0) - 4000) < 200, JSON.stringify(counts));
  for (let key = 0; key < 500; key++) {
    const before = home(key, members);
    const after = home(key, members.slice(1));
    if (before !== 'a') assert.equal(after, before);
  }
});

test('turns are taken by weight, evenly, and go on when the list changes', () => {
  const [a, b, c] = [member('a', { weight: 2 }), member('b'), member('c')];
  const turns = new RoundRobin<Named>();
  const names = Array.from({ length: 8 }, () => turns.next([a, b, c]).name).join('');
  assert.equal(names, 'abcaabca');
  assert.deepEqual(
    tally(() => turns.next([a, b]), 6),
    { a: 4, b: 2 },
  );
});

test('nothing to choose is an error', () => {
  assert.throws(() => leastLoaded([]), RangeError);
  assert.throws(() => rendezvous([], 1), RangeError);
  assert.throws(() => new RoundRobin().next([]), RangeError);
});
