import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerNames } from './server-names.ts';

test('the most specific pattern counts: exact, the longest wildcard, any', () => {
  const names = new ServerNames<string>();
  for (const pattern of [undefined, '*.test', '*.b.test', 'a.b.test']) names.add(pattern, pattern ?? 'any');
  assert.equal(names.select('a.b.test'), 'a.b.test');
  assert.equal(names.select('x.b.test'), '*.b.test');
  assert.equal(names.select('x.y.b.test'), '*.b.test');
  assert.equal(names.select('b.test'), '*.test');
  assert.equal(names.select('test'), 'any');
  assert.equal(names.select(''), 'any');
});

test('the first value of a pattern stays; without any, a name that fits nothing has none', () => {
  const names = new ServerNames<number>();
  names.add('a.test', 1);
  names.add('a.test', 2);
  names.add('*.b.test', 3);
  names.add('*.b.test', 4);
  assert.equal(names.select('a.test'), 1);
  assert.equal(names.select('x.b.test'), 3);
  assert.equal(names.select('c.test'), null);
  assert.equal(names.select(''), null);
  names.add('*', 5);
  names.add(undefined, 6);
  assert.equal(names.select('c.test'), 5);
});
