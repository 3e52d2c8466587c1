import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJsonObject } from './parse.ts';
import { rewriteJsonObject } from './rewrite.ts';
import { scanJsonObject } from './scan.ts';

function rewrite(text: string, changes: Record<string, unknown>): string {
  const bytes = Buffer.from(text);
  const texts = new Map(Object.entries(changes).map(([name, value]) => [name, JSON.stringify(value)]));
  return rewriteJsonObject(bytes, scanJsonObject(bytes), texts).toString();
}

/** JSON text with random white space, escapes in names and odd number spellings. */
const jsonText = fc
  .tuple(
    fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4 })),
    fc.constantFrom(undefined, 1, '\t', '\r\n'),
  )
  .map(([object, indent]) => JSON.stringify(object, null, indent as string));

test('a replaced value leaves every other byte as it was', () => {
  const body = '{ "model" :\t"a" , "n":1.0,"big":12345678901234567890, "messages":[{"model":"inner"}]}\n';
  assert.equal(
    rewrite(body, { model: 'b"ä' }),
    '{ "model" :\t"b\\"ä" , "n":1.0,"big":12345678901234567890, "messages":[{"model":"inner"}]}\n',
  );
});

test('a missing member is put last, also into an empty object', () => {
  assert.equal(rewrite('{"a":1 }', { b: [2], c: null }), '{"a":1,"b":[2],"c":null }');
  assert.equal(rewrite(' { } ', { b: 2 }), ' { "b":2} ');
});

test('duplicates and escaped spellings of a name are all replaced', () => {
  assert.equal(rewrite('{"m":1,"\\u006d":2,"m":3}', { m: 9 }), '{"m":9,"\\u006d":9,"m":9}');
});

test('no change returns the same buffer', () => {
  const bytes = Buffer.from('{"a":1}');
  assert.equal(rewriteJsonObject(bytes, scanJsonObject(bytes), new Map()), bytes);
});

test('members are found whatever the text looks like', () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      const bytes = Buffer.from(text);
      const scanned = scanJsonObject(bytes);
      const parsed = JSON.parse(text) as Record<string, unknown>;
      assert.deepEqual(new Set(scanned.members.map((m) => m.name)), new Set(Object.keys(parsed)));
      for (const member of scanned.members) {
        assert.deepEqual(JSON.parse(bytes.toString('utf8', member.valueStart, member.valueEnd)), parsed[member.name]);
      }
    }),
  );
});

test('rewriting then parsing gives the object with the members set', () => {
  fc.assert(
    fc.property(
      jsonText,
      fc.dictionary(fc.constantFrom('model', 'stream', 'a', ''), fc.jsonValue()),
      (text, changes) => {
        const expected = JSON.parse(text) as Record<string, unknown>;
        // Own properties through parse: a name such as `__proto__` must stay data.
        for (const [name, value] of Object.entries(changes)) expected[name] = JSON.parse(JSON.stringify(value));
        assert.deepEqual(JSON.parse(rewrite(text, changes)), expected);
      },
    ),
  );
});

test('a string ends at the first unescaped quote, however long it is', () => {
  const backslashes = fc.nat({ max: 6 }).map((n) => '\\'.repeat(n));
  const text = fc
    .array(fc.oneof(backslashes, fc.constantFrom('"', '{', ']', 'x'.repeat(60))))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (value) => {
      const bytes = Buffer.from(JSON.stringify({ a: value, b: 1 }));
      assert.deepEqual(
        scanJsonObject(bytes).members.map((m) => m.name),
        ['a', 'b'],
      );
    }),
  );
});

test('broken text does not make the scanner run on', () => {
  const text = fc
    .array(fc.constantFrom('{', '}', '"', ':', ',', '[', ']', '\\', 'a', ' '))
    .map((parts) => parts.join(''));
  fc.assert(fc.property(text, (broken) => void scanJsonObject(Buffer.from(broken.replaceAll('\\', '/')))));
});

for (const [what, body, problem] of [
  ['empty', '', 'the body is empty'],
  ['an array', '[1]', 'the body is not a JSON object'],
  ['null', 'null', 'the body is not a JSON object'],
  ['a trailing comma', '{"a":1,}', 'the body is not valid JSON (at position 7)'],
  ['cut short', '{"secret":"x', 'the body is not valid JSON (at position 12)'],
] as const) {
  test(`a body is refused when it is ${what}, without quoting it`, () => {
    assert.equal(parseJsonObject(Buffer.from(body)), problem);
  });
}

test('a body that is not UTF-8 is refused', () => {
  assert.equal(parseJsonObject(Buffer.from([0x7b, 0xff, 0x7d])), 'the body is not valid UTF-8');
});
