import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemberRewriter } from './member-rewriter.ts';

/** The document's bytes through a rewriter, cut at these places. */
function rewritten(path: readonly string[], text: string, cuts: readonly number[] = []): string {
  const rewriter = new MemberRewriter(path, 'n"ü');
  const bytes = Buffer.from(text);
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const parts = [0, ...places].map((from, index) => rewriter.push(bytes.subarray(from, places[index])));
  return Buffer.concat(parts).toString();
}

const NEW = String.raw`"n\"ü"`;

for (const [what, path, before, after] of [
  ['the outermost', ['model'], '{ "a":1.0,"model" : "x\\"y" , "b":[]}\n', `{ "a":1.0,"model" : ${NEW} , "b":[]}\n`],
  ['in an array', ['v'], '[{"v":"1"}\n,{"x":{"v":"2"},"v":"3"}]', `[{"v":${NEW}}\n,{"x":{"v":"2"},"v":${NEW}}]`],
  [
    'below another',
    ['m', 'model'],
    '{"model":"a","m":{"b":{},"model":"c"}}',
    `{"model":"a","m":{"b":{},"model":${NEW}}}`,
  ],
  ['spelt with escapes', ['model'], String.raw`{"\u006dodel":"a"}`, String.raw`{"\u006dodel":` + `${NEW}}`],
  ['twice', ['m', 'v'], '{"m":{"v":"a"},"m":{"v":"b"}}', `{"m":{"v":${NEW}},"m":{"v":${NEW}}}`],
] as const) {
  test(`the value is replaced: ${what}, in any chunks`, () => {
    assert.equal(rewritten(path, before), after);
    fc.assert(fc.property(fc.array(fc.nat()), (cuts) => assert.equal(rewritten(path, before, cuts), after)));
  });
}

test('what is elsewhere, deeper or no text stays', () => {
  for (const text of [
    '{"model":null,"a":{"model":"x"},"b":["model","x"],"c":"model"}',
    '{"model":{"model":"x"},"d":"\\"model\\":\\"x\\""}',
    '"model"',
    '["model","x"]',
    '{"a":"model","models":"x"}',
  ]) {
    assert.equal(rewritten(['model'], text), text);
  }
});

test('a chunk without the value is handed on as it is', () => {
  const bytes = Buffer.from('{"a":"x","b":');
  assert.equal(new MemberRewriter(['model'], 'm').push(bytes), bytes);
});

test('any object has the new value and is otherwise the same', () => {
  const object = fc.dictionary(fc.oneof(fc.constantFrom('model', 'm'), fc.string()), fc.jsonValue({ maxDepth: 3 }));
  fc.assert(
    fc.property(object, fc.constantFrom(undefined, 1), fc.array(fc.nat()), (value, indent, cuts) => {
      const text = JSON.stringify(value, null, indent);
      const parsed = JSON.parse(text) as Record<string, unknown>;
      const expected = typeof parsed['model'] === 'string' ? { ...parsed, model: 'n"ü' } : parsed;
      assert.equal(
        JSON.stringify(JSON.parse(rewritten(['model'], text, cuts))),
        JSON.stringify(JSON.parse(JSON.stringify(expected))),
      );
    }),
  );
});
