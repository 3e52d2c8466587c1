import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EACH, eachMember, locate, singleLine, skipValue, splice, type Span } from './json-text.ts';

test('the members of any JSON object are found with their text', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 1, 2, '\t'), (object, indent) => {
      const text = JSON.stringify(object, null, indent);
      const found = new Map<string, unknown>();
      const end = eachMember(text, 0, (key, from, to) => found.set(key, JSON.parse(text.slice(from, to))));
      assert.equal(end, text.length);
      assert.equal(skipValue(text, 0), text.length);
      assert.deepEqual([...found], Object.entries(JSON.parse(text) as object));
    }),
  );
});

test('a value is replaced without touching the rest', () => {
  const text = '{ "n": 12345678901234567890, "na\\u006de" : "a\\"]}", "z":[1.0, {"name":"b"}] }';
  const spans: Span[] = [];
  locate(text, 0, ['name'], spans);
  locate(text, 0, ['z', EACH, 'name'], spans);
  assert.deepEqual(
    spans.map((s) => text.slice(s.start, s.end)),
    ['"a\\"]}"', '"b"'],
  );
  assert.equal(
    splice(
      text,
      spans.toReversed().map((s, i) => ({ ...s, text: `"x${i}"` })),
    ),
    '{ "n": 12345678901234567890, "na\\u006de" : "x1", "z":[1.0, {"name":"x0"}] }',
  );
});

test('a member written twice is replaced twice', () => {
  const text = '{"name":"a","name":"b"}';
  const spans: Span[] = [];
  locate(text, 0, ['name'], spans);
  assert.equal(
    splice(
      text,
      spans.map((s) => ({ ...s, text: '"c"' })),
    ),
    '{"name":"c","name":"c"}',
  );
});

test('printed JSON becomes one line with the same value', () => {
  const value = { a: 'x\r\ny', b: [1, 2] };
  const line = singleLine(JSON.stringify(value, null, 2));
  assert.ok(!/[\r\n]/.test(line));
  assert.deepEqual(JSON.parse(line), value);
});
