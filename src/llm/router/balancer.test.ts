import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashText } from '../../net/balance/hash.ts';
import { inOrder, inOrderOf } from './balancer.ts';

interface Member {
  readonly name: string;
  readonly hash: number;
  readonly health: { readonly evicted: boolean; readonly score: number };
}

function member(name: string, score = 1, evicted = false): Member {
  return { name, hash: hashText(name), health: { evicted, score } };
}

/** Gives these numbers in turn. */
function dice(...numbers: number[]): () => number {
  let at = 0;
  return () => numbers[at++ % numbers.length] as number;
}

function names(members: readonly Member[]): string {
  return members.map(({ name }) => name).join('');
}

test('the better of two picked ones is first, the others follow by score, then the next group', () => {
  const groups = [[member('a', 0.2), member('b', 0.4), member('c', 0.9)], [member('d')]];
  assert.equal(names(inOrder(groups, dice(0, 0))), 'bcad');
  assert.equal(names(inOrder(groups, dice(0.9, 0.9))), 'cbad');
});

test('the evicted come last; when all are, they serve in their order', () => {
  const [a, b] = [member('a', 1, true), member('b', 1, true)];
  assert.equal(names(inOrder([[a, member('c')], [b], [member('d')]], dice(0))), 'cdab');
  assert.equal(names(inOrder([[a], [b]], dice(0))), 'ab');
});

test('equal members share the load', () => {
  const group = [member('a'), member('b'), member('c')];
  const firsts = new Set([0, 0.4, 0.8].map((roll) => names(inOrder([group], dice(roll, 0)))[0]));
  assert.deepEqual(firsts, new Set(['a', 'b', 'c']));
});

test('each key has an order of its own within a group, whatever the scores, and the others keep it when one is out', () => {
  const groups = [
    [member('a', 0.1), member('b'), member('c')],
    [member('d'), member('e')],
  ];
  const keys = Array.from({ length: 300 }, (_, i) => hashText(`session ${i}`));
  const counts = new Map<string, number>();
  for (const key of keys) {
    const order = names(inOrderOf(groups, key));
    assert.equal(names(inOrderOf(groups, key)), order);
    assert.match(order, /^[abc]{3}[de]{2}$/);
    counts.set(order.slice(0, 3), (counts.get(order.slice(0, 3)) ?? 0) + 1);
    const without = [[member('a', 1, true), member('b'), member('c')], groups[1] ?? []];
    assert.equal(names(inOrderOf(without, key)), `${order.replace('a', '')}a`);
  }
  // 50 each, within four standard deviations.
  assert.equal(counts.size, 6);
  for (const count of counts.values()) assert.ok(Math.abs(count - 50) < 26, String(count));
});
