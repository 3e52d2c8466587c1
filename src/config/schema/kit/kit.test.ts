import assert from 'node:assert/strict';
import { test } from 'node:test';
import { literals, listOf, mapOf } from './collection.ts';
import { defaulted, optional, required } from './field.ts';
import { problemsOf, summary } from './issue.ts';
import { editDistance, nearest } from './nearest.ts';
import type { Schema } from './node.ts';
import { object, oneOfKeys } from './object.ts';
import { duration, integer, secretText, text } from './scalar.ts';
import { lazy, union } from './union.ts';
import { isSecretAt } from './walk.ts';

function problems(schema: Schema<unknown>, value: unknown): readonly string[] {
  const result = schema.safeParse(value);
  return result.success
    ? []
    : problemsOf(result.error).map(({ path, problem }) => `${path.join('.')}: ${summary(problem)}`);
}

interface Sample {
  readonly a: string;
  readonly b?: number;
  readonly c: number;
}

const sample: Schema<Sample> = object<Sample>(
  'Sample',
  'A sample.',
  { a: required(text, 'A.'), b: optional(integer(0), 'B.'), c: defaulted(duration, '2s', 'C.') },
  { aliases: { bee: 'b' } },
);

test('an object gets its defaults, its aliases, and null as absent', () => {
  assert.deepEqual(sample.parse({ a: 'x', bee: 1 }), { a: 'x', b: 1, c: 2000 });
  assert.deepEqual(sample.parse({ a: 'x', b: null, bee: 3 }), { a: 'x', b: 3, c: 2000 });
});

test('an object reports all its problems at once', () => {
  assert.deepEqual(problems(sample, { b: -1, bee: 2, c: null, d: 1 }), [
    'bee: b and bee are two names of one field: write only b',
    'd: unknown field',
    'a: expected a',
    'b: expected a whole number of at least 0',
    'c: expected a duration such as 500ms, 10s or 1h30m',
  ]);
});

test('exactly one of several keys must be there', () => {
  const either = oneOfKeys<{ x: string; y: string }, { w?: number }>(
    'Either',
    'X or Y.',
    { x: required(text, 'X.'), y: required(text, 'Y.') },
    { w: optional(integer(0), 'W.') },
  );
  assert.deepEqual(either.parse({ y: 'a', w: 1 }), { y: 'a', w: 1 });
  assert.deepEqual(problems(either, { x: 'a', y: 'b' }), [': expected exactly one of x or y; found x and y']);
  assert.deepEqual(problems(either, { w: 1 }), [': expected exactly one of x or y; found none']);
});

test('a union takes any of its forms and blames only the nearest', () => {
  const form = union(literals('off'), sample, listOf(sample));
  assert.equal(form.parse('off'), 'off');
  assert.deepEqual(problems(form, { a: 1 }), ['a: expected text']);
  assert.deepEqual(problems(form, [{}]), ['0.a: expected a']);
  assert.deepEqual(problems(form, 5), [': expected off, an object with a, b or c or a list']);
});

test('secrets are known by their path, through unions, maps and recursion', () => {
  interface Tree {
    readonly key?: string;
    readonly children: Readonly<Record<string, Tree>>;
  }
  const tree: Schema<Tree> = object<Tree>('Tree', 'A tree.', {
    key: optional(union(secretText, literals('none')), 'Key.'),
    children: defaulted(mapOf(lazy(() => tree)), {}, 'Children.'),
  });
  assert.equal(isSecretAt(tree, ['children', 'a', 'children', 'b', 'key']), true);
  assert.equal(isSecretAt(tree, ['children', 'a']), false);
});

test('the nearest name is found by edit distance, or none', () => {
  assert.equal(editDistance('host', 'hots'), 1);
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(nearest('protocl', ['port', 'protocol']), 'protocol');
  assert.equal(nearest('Policies', ['policies']), 'policies');
  assert.equal(nearest('zzz', ['port', 'host']), undefined);
});
