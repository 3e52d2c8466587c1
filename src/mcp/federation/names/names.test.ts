import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nameItems, plainNaming, shorten, type NameTable, type Naming, type PrefixMode } from './names.ts';

const two = ['a', 'b'];

function table(
  mode: PrefixMode,
  targets: readonly string[],
  names: readonly (readonly string[])[],
  more: Partial<Naming> = {},
): NameTable {
  return nameItems({ ...plainNaming(mode, targets), ...more }, names, true);
}

test('conditional prefixes only when there is more than one target', () => {
  assert.deepEqual(table('conditional', ['a'], [['x']]).shown, [['x']]);
  assert.deepEqual(table('conditional', two, [['x'], ['y']]).shown, [['a_x'], ['b_y']]);
  assert.deepEqual(table('always', ['a'], [['x']]).shown, [['a_x']]);
});

test('onClash prefixes only the later of two that share a name', () => {
  const { shown, clashes, routes } = table('onClash', two, [
    ['x', 'y'],
    ['x', 'z'],
  ]);
  assert.deepEqual(shown, [
    ['x', 'y'],
    ['b_x', 'z'],
  ]);
  assert.deepEqual(clashes, ['x']);
  assert.deepEqual(routes.get('x'), { target: 0, name: 'x' });
  assert.deepEqual(routes.get('a_x'), { target: 0, name: 'x' });
  assert.deepEqual(routes.get('b_x'), { target: 1, name: 'x' });
});

test('never hides the later of two that share a name, which keeps its full name', () => {
  const { shown, routes } = table('never', two, [['x'], ['x']]);
  assert.deepEqual(shown, [['x'], [null]]);
  assert.deepEqual(routes.get('b_x'), { target: 1, name: 'x' });
});

test('a bare name keeps its place before a prefixed one that looks the same', () => {
  const { shown, routes } = table('onClash', two, [['x', 'b_x'], ['x']]);
  assert.deepEqual(shown, [['x', 'b_x'], ['b_x_2']]);
  assert.deepEqual(routes.get('b_x'), { target: 0, name: 'b_x' });
  assert.deepEqual(routes.get('b_x_2'), { target: 1, name: 'x' });
});

test('the second of two tools of one target with one name is not shown', () => {
  for (const mode of ['conditional', 'onClash', 'never'] as const) {
    assert.deepEqual(table(mode, ['a'], [['x', 'x']]).shown, [['x', null]], mode);
  }
});

test('an alias goes before every other name, in every mode, and the full name stays', () => {
  for (const mode of ['conditional', 'always', 'never', 'onClash'] as const) {
    const { shown, routes } = table(mode, two, [['x'], ['y']], { aliases: [new Map(), new Map([['y', 'x']])] });
    assert.equal(shown[1]?.[0], 'x', mode);
    assert.deepEqual(routes.get('x'), { target: 1, name: 'y' });
    assert.deepEqual(routes.get('b_y'), { target: 1, name: 'y' });
    assert.deepEqual(routes.get('a_x'), { target: 0, name: 'x' });
  }
});

test('aliases are for tools, not for prompts of the same name', () => {
  const naming = { ...plainNaming('onClash', ['a']), aliases: [new Map([['x', 'z']])] };
  assert.deepEqual(nameItems(naming, [['x']], false).shown, [['x']]);
});

test('a name that is too long is cut and ends in a hash of its own; the whole name leads to the same', () => {
  const long = 'x'.repeat(70);
  for (const mode of ['conditional', 'always', 'never', 'onClash'] as const) {
    const { shown, routes, shortened } = table(mode, two, [[long], ['y']], { maxNameLength: 64 });
    const name = shown[0]?.[0] ?? '';
    assert.match(name, /^(?:a_)?x+_[0-9a-f]{8}$/);
    assert.equal(name.length, 64);
    for (const one of [name, `a_${long}`]) assert.deepEqual(routes.get(one), { target: 0, name: long }, mode);
    assert.equal(shortened.length, 1);
  }
  const { shown } = table('onClash', two, [[long], [long]], { maxNameLength: 64 });
  assert.match(shown[1]?.[0] ?? '', /^b_x+_[0-9a-f]{8}$/);
});

test('a cut does not leave half a character', () => {
  assert.match(shorten(`${'x'.repeat(6)}😀${'y'.repeat(20)}`, 16, 'i'), /^x{6}_[0-9a-f]{8}$/);
});

test('shown names are unique, short enough and lead back, whatever the targets have', () => {
  const name = fc.stringMatching(/^[ab_]{1,4}$/).map((one) => (one.length === 4 ? one.repeat(6) : one));
  const mode = fc.constantFrom<PrefixMode>('conditional', 'always', 'never', 'onClash');
  const lists = fc.array(fc.uniqueArray(name, { maxLength: 5 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(mode, lists, (prefixMode, names) => {
      const targets = names.map((_, i) => ['a', 'a_b', 'b', 'a_a'][i] ?? '');
      const { shown, routes } = table(prefixMode, targets, names, { maxNameLength: 16 });
      const all = shown.flat().filter((one) => one !== null);
      assert.equal(new Set(all).size, all.length);
      for (const [target, own] of shown.entries()) {
        for (const [i, one] of own.entries()) {
          assert.ok((one ?? '').length <= 16);
          if (one !== null) assert.deepEqual(routes.get(one), { target, name: names[target]?.[i] });
          else assert.equal(prefixMode, 'never');
        }
      }
    }),
  );
});
