import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VirtualModel } from '../../model/llm-routing.ts';
import { VirtualRouter } from './virtual-router.ts';

const models: readonly VirtualModel[] = [
  {
    name: 'ab',
    routing: {
      kind: 'weighted',
      targets: [
        { model: 'a', weight: 3 },
        { model: 'b', weight: 1 },
      ],
    },
  },
  { name: 'never', routing: { kind: 'weighted', targets: [{ model: 'a', weight: 0 }] } },
  {
    name: 'ha',
    routing: {
      kind: 'failover',
      targets: [
        { model: 'c', priority: 5 },
        { model: 'a', priority: 0 },
        { model: 'ab', priority: 0 },
      ],
    },
  },
  {
    name: 'tier',
    routing: { kind: 'conditional', targets: [{ model: 'a', when: 'big' }, { model: 'gone' }] },
  },
];

function route(name: string, chance = 0, holds = false, ill: readonly string[] = []): string[][] | null {
  const router = new VirtualRouter<string, string>(
    models,
    (when) => when,
    () => chance,
  );
  const found = router.groups(name, {
    find: (wanted) => (wanted === 'gone' ? null : `<${wanted}>`),
    isAble: (value) => !ill.includes(value),
    holds: (condition) => holds && condition === 'big',
  });
  return found === null ? null : found.map((group) => group.map(({ value, name: asked }) => value + asked));
}

test('weights are shares', () => {
  assert.deepEqual(route('ab', 0.74), [['<a>a']]);
  assert.deepEqual(route('ab', 0.76), [['<b>b']]);
  assert.deepEqual(route('never'), []);
});

test('who is left out gets no share, unless everyone is', () => {
  assert.deepEqual(route('ab', 0.1, false, ['<a>']), [['<b>b']]);
  assert.deepEqual(route('ab', 0.1, false, ['<a>', '<b>']), [['<a>a']]);
});

test('failover goes by priority, and a virtual target stands for what it chooses', () => {
  assert.deepEqual(route('ha', 0.9), [['<a>a', '<b>b'], ['<c>c']]);
});

test('the first condition that holds decides; a model that cannot be found serves nobody', () => {
  assert.deepEqual(route('tier', 0, true), [['<a>a']]);
  assert.deepEqual(route('tier'), []);
});

test('other names are not virtual', () => {
  assert.equal(route('a'), null);
});
