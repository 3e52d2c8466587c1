import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJsonObject } from './parse.ts';
import { rewriteJsonObject } from './rewrite.ts';
import { scanJsonArray, scanJsonObject } from './scan.ts';
import { stripJsonMembers } from './strip.ts';

function removed(text: string, names: readonly string[], set: Record<string, unknown> = {}): string {
  const bytes = Buffer.from(text);
  const changes = new Map<string, string | null>(names.map((name) => [name, null]));
  for (const [name, value] of Object.entries(set)) changes.set(name, JSON.stringify(value));
  return rewriteJsonObject(bytes, scanJsonObject(bytes), changes).toString();
}

test('a member is taken out with one comma and nothing else', () => {
  assert.equal(removed('{ "a": 1, "b" : 2 , "c":3 }', ['a']), '{ "b" : 2 , "c":3 }');
  assert.equal(removed('{ "a": 1, "b" : 2 , "c":3 }', ['b']), '{ "a": 1 , "c":3 }');
  assert.equal(removed('{ "a": 1, "b" : 2 , "c":3 }', ['c']), '{ "a": 1, "b" : 2 }');
  assert.equal(removed('{"a":1,"b":2}', ['a', 'b']), '{}');
  assert.equal(removed('{"a":1,"b":2}', ['a', 'b'], { z: 0 }), '{"z":0}');
  assert.equal(removed('{"a":1,"b":2}', ['x']), '{"a":1,"b":2}');
});

const names = fc.constantFrom('a', 'b', 'c', 'd', '');
test('taking members out and setting others gives the object that one would expect', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(names, fc.jsonValue({ maxDepth: 2 })), { maxLength: 6 }),
      fc.uniqueArray(names),
      fc.dictionary(names, fc.jsonValue({ maxDepth: 1 })),
      (members, gone, set) => {
        const text = `{${members.map(([name, value]) => `${JSON.stringify(name)} : ${JSON.stringify(value)}`).join(' , ')}}`;
        const expected: Record<string, unknown> = {};
        for (const [name, value] of members) expected[name] = JSON.parse(JSON.stringify(value)) as unknown;
        for (const name of gone) delete expected[name];
        for (const [name, value] of Object.entries(set)) expected[name] = JSON.parse(JSON.stringify(value)) as unknown;
        assert.deepEqual(JSON.parse(removed(text, gone, set)), expected);
      },
    ),
  );
});

test('the elements of an array are found', () => {
  const bytes = Buffer.from('{"a": [ 1 ,"x]", {"b":[2]},[],true ], "e":[]}');
  const [a, e] = scanJsonObject(bytes).members;
  const texts = (from: number | undefined): string[] =>
    scanJsonArray(bytes, from ?? 0).map(({ start, end }) => bytes.toString('utf8', start, end));
  assert.deepEqual(texts(a?.valueStart), ['1', '"x]"', '{"b":[2]}', '[]', 'true']);
  assert.deepEqual(texts(e?.valueStart), []);
});

test('members of objects below a name are stripped at any depth, and only there', () => {
  const strip = (text: string): string => stripJsonMembers(Buffer.from(text), 'k', 's').toString();
  assert.equal(
    strip('{"s":1,"k":{"s":{"x":[1]},"t":2},"l":[{"k":{ "t" : 1, "s" : 2 }}]}'),
    '{"s":1,"k":{"t":2},"l":[{"k":{ "t" : 1}}]}',
  );
  assert.equal(strip('{"k":{"s":1}}'), '{"k":{}}');
  assert.equal(strip('{"k":{"s":{"k":{"s":0}},"t":{"k":{"s":1}}}}'), '{"k":{"t":{"k":{}}}}');
  assert.equal(strip('{"k":"s","x":{"s":1}}'), '{"k":"s","x":{"s":1}}');
});

test('stripping is the same as deleting from the parsed text', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 4 }, fc.integer(), fc.string(), tie('list'), tie('object')),
    list: fc.array(tie('any'), { maxLength: 3 }),
    object: fc.dictionary(fc.constantFrom('k', 's', 't'), tie('any')),
  })).object;
  const deleted = (node: unknown, of = ''): unknown => {
    if (Array.isArray(node)) return node.map((item) => deleted(item));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(
      Object.entries(node)
        .filter(([name]) => of !== 'k' || name !== 's')
        .map(([name, part]) => [name, deleted(part, name)]),
    );
  };
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 2), (object, indent) => {
      const out = stripJsonMembers(Buffer.from(JSON.stringify(object, null, indent)), 'k', 's');
      assert.deepEqual(parseJsonObject(out), deleted(JSON.parse(JSON.stringify(object))));
    }),
    { numRuns: 500 },
  );
});
