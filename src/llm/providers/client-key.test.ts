import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../net/http/headers.ts';
import { moveClientKey, withoutKey } from './client-key.ts';
import { usualKeyLocation } from './table.ts';

function moved(kind: string, ...flat: string[]): string[] {
  const fields = new HeaderList(flat);
  moveClientKey(fields, (key) => usualKeyLocation(kind, key));
  return fields.flat;
}

test('the key of a client stands where the provider looks for it', () => {
  assert.deepEqual(moved('anthropic', 'authorization', 'Bearer sk-ant-api-1', 'x', '1'), [
    'x',
    '1',
    'x-api-key',
    'sk-ant-api-1',
  ]);
  assert.deepEqual(moved('openAI', 'x-api-key', 'sk-1'), ['authorization', 'Bearer sk-1']);
  assert.deepEqual(moved('azure', 'x-goog-api-key', 'k'), ['api-key', 'k']);
  assert.deepEqual(moved('gemini', 'authorization', 'bearer AIza1'), ['x-goog-api-key', 'AIza1']);
});

test('what is in its place, or what is no single key, stays', () => {
  for (const fields of [
    ['authorization', 'Bearer sk-ant-oat01-x'],
    ['x-api-key', 'sk-ant-api-1'],
    ['authorization', 'Bearer a', 'x-api-key', 'b'],
    ['authorization', 'Basic abc'],
    ['x', '1'],
  ]) {
    assert.deepEqual(moved('anthropic', ...fields), fields);
  }
});

for (const [query, left] of [
  ['', ''],
  ['?alt=sse', '?alt=sse'],
  ['?key=k', ''],
  ['?alt=sse&key=k&monkey=1', '?alt=sse&monkey=1'],
  ['?%6bey=k&api-key=k&a=%20', '?a=%20'],
] as const) {
  test(`of the query ${query} goes on ${left}`, () => assert.equal(withoutKey(query), left));
}
