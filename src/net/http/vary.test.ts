import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from './headers.ts';
import { addVary } from './vary.ts';

test('a field is added to what a response varies by, once', () => {
  for (const [before, after] of [
    [[], 'Origin'],
    [[''], 'Origin'],
    [['accept'], 'accept, Origin'],
    [['accept', 'cookie'], 'accept, cookie, Origin'],
    [['accept, origin'], 'accept, origin'],
    [['*'], '*'],
  ] as const) {
    const headers = new HeaderList(before.flatMap((value) => ['vary', value]));
    addVary(headers, 'Origin');
    assert.equal(headers.combined('vary'), after);
  }
});
