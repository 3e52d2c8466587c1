import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryParameter } from './query.ts';

const rows: readonly [query: string, name: string, want: string | undefined][] = [
  ['', 'a', undefined],
  ['?', 'a', undefined],
  ['?a', 'a', ''],
  ['?a=', 'a', ''],
  ['?a=1', 'a', '1'],
  ['?a=1=2', 'a', '1=2'],
  ['?b=1&a=2&a=3', 'a', '2'],
  ['?aa=1&a=2', 'a', '2'],
  ['?a&b=1', 'b', '1'],
  ['?a=x+y', 'a', 'x y'],
  ['?a=x%20y%2B', 'a', 'x y+'],
  ['?%61=1', 'a', '1'],
  ['?a=%zz', 'a', '%zz'],
  ['?a=%ff', 'a', '%ff'],
  ['?&&a=1', 'a', '1'],
];

for (const [query, name, want] of rows) {
  test(`the parameter ${name} of ${JSON.stringify(query)} is ${JSON.stringify(want)}`, () => {
    assert.equal(queryParameter(query, name), want);
  });
}
