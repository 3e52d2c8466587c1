import assert from 'node:assert/strict';
import { it } from 'node:test';
import { changedQuery } from './decision.ts';

it('sets and removes parameters of a query, and leaves the others as they were written', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[], string])[] = [
    ['', {}, [], ''],
    ['', { a: '1' }, [], '?a=1'],
    ['?a=1&b=%20x&a=2', {}, ['a'], '?b=%20x'],
    ['?a=1', {}, ['a'], ''],
    ['?a=1&c', { a: 'x y&z' }, [], '?c&a=x%20y%26z'],
    ['?a%20b=1&a+b=2&c=3', {}, ['a b'], '?c=3'],
    ['?%zz=1&b=2', {}, ['b'], '?%zz=1'],
    ['?&&a=1&', {}, [], '?a=1'],
  ];
  for (const [query, set, remove, expected] of cases) {
    const parameters = Object.entries(set).map(([key, value]) => ({ key, value }));
    assert.equal(changedQuery(query, parameters, remove), expected, query);
  }
});
