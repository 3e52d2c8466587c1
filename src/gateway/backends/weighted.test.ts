import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CompiledBackend } from './backend.ts';
import { chooseByWeight } from './weighted.ts';

const backend = (name: string): CompiledBackend => ({
  key: name,
  name,
  protocol: 'http',
  handle: () => undefined,
  close: () => undefined,
});

test('without a weight above 0 there is no choice', () => {
  assert.equal(chooseByWeight([])(), null);
  assert.equal(chooseByWeight([{ weight: 0, backend: backend('a') }])(), null);
});

test('each gets its share, and a weight of 0 nothing', () => {
  const choose = chooseByWeight([
    { weight: 3, backend: backend('a') },
    { weight: 0, backend: backend('none') },
    { weight: 1, backend: backend('b') },
  ]);
  const counts: Record<string, number> = {};
  for (let i = 0; i < 40_000; i++) {
    const name = choose()?.name ?? 'null';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  assert.deepEqual(
    Object.keys(counts).toSorted((a, b) => (a < b ? -1 : 1)),
    ['a', 'b'],
  );
  // Ten standard deviations.
  assert.ok(Math.abs((counts['b'] ?? 0) - 10_000) < 900, JSON.stringify(counts));
});
