import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nameItems, type PrefixMode } from './names.ts';

const two = ['a', 'b'];

test('conditional prefixes only when there is more than one target', () => {
  assert.deepEqual(nameItems('conditional', ['a'], [['x']]).shown, [['x']]);
  assert.deepEqual(nameItems('conditional', two, [['x'], ['y']]).shown, [['a_x'], ['b_y']]);
  assert.deepEqual(nameItems('always', ['a'], [['x']]).shown, [['a_x']]);
});

test('onClash prefixes only the later of two that share a name', () => {
  const table = nameItems('onClash', two, [
    ['x', 'y'],
    ['x', 'z'],
  ]);
  assert.deepEqual(table.shown, [
    ['x', 'y'],
    ['b_x', 'z'],
  ]);
  assert.deepEqual(table.clashes, ['x']);
  assert.deepEqual(table.routes.get('x'), { target: 0, name: 'x' });
  assert.deepEqual(table.routes.get('a_x'), { target: 0, name: 'x' });
  assert.deepEqual(table.routes.get('b_x'), { target: 1, name: 'x' });
});

test('never hides the later of two that share a name, which keeps its full name', () => {
  const table = nameItems('never', two, [['x'], ['x']]);
  assert.deepEqual(table.shown, [['x'], [null]]);
  assert.deepEqual(table.routes.get('b_x'), { target: 1, name: 'x' });
});

test('a bare name keeps its place before a prefixed one that looks the same', () => {
  const table = nameItems('onClash', two, [['x', 'b_x'], ['x']]);
  assert.deepEqual(table.shown, [['x', 'b_x'], ['b_x_2']]);
  assert.deepEqual(table.routes.get('b_x'), { target: 0, name: 'b_x' });
  assert.deepEqual(table.routes.get('b_x_2'), { target: 1, name: 'x' });
});

test('shown names are unique and lead back, whatever the targets have', () => {
  const name = fc.stringMatching(/^[ab_]{1,4}$/);
  const mode = fc.constantFrom<PrefixMode>('conditional', 'always', 'never', 'onClash');
  const lists = fc.array(fc.uniqueArray(name, { maxLength: 5 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(mode, lists, (prefixMode, names) => {
      const targets = names.map((_, i) => ['a', 'a_b', 'b', 'a_a'][i] ?? '');
      const { shown, routes } = nameItems(prefixMode, targets, names);
      const all = shown.flat().filter((one) => one !== null);
      assert.equal(new Set(all).size, all.length);
      for (const [target, own] of shown.entries()) {
        for (const [i, one] of own.entries()) {
          if (one !== null) assert.deepEqual(routes.get(one), { target, name: names[target]?.[i] });
          else assert.equal(prefixMode, 'never');
        }
      }
    }),
  );
});
