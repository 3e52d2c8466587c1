import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lineFormat } from './line.ts';
import { LineClock } from './time.ts';
import { textValue } from './value.ts';

const time = '2026-01-31T12:34:56.789Z';

test('the text form: bare values where they are unambiguous, JSON strings otherwise', () => {
  const format = lineFormat('text', ['route', 'http.path', 'http.status', 'error', 'ok', 'list', 'absent', 'none']);
  assert.equal(
    format(time, ['default/r1', '/a?b=c&d=%20', 200, 'no "route" here', true, [1, 'a b'], undefined, null]),
    `${time}\tinfo\trequest route=default/r1 http.path=/a?b=c&d=%20 http.status=200 ` +
      String.raw`error="no \"route\" here" ok=true list="[1,\"a b\"]"`,
  );
});

test('the JSON form keeps types and leaves absent fields out', () => {
  const format = lineFormat('json', ['http.path', 'http.status', 'duration', 'big', 'list', 'absent', 'nan']);
  assert.equal(
    format(time, ['/"\\', 200, '1ms', 12n, { a: ['b'] }, undefined, Number.NaN]),
    String.raw`{"level":"info","time":"2026-01-31T12:34:56.789Z","scope":"request","http.path":"/\"\\","http.status":200,` +
      `"duration":"1ms","big":12,"list":{"a":["b"]},"nan":null}`,
  );
});

test('an empty value is visible in text', () => {
  assert.equal(textValue(''), '""');
});

/** Characters with which a client might try to end a line or to hide what follows. */
const hostile = fc
  .constantFrom(
    0,
    9,
    10,
    13,
    27,
    0x7f,
    0x85,
    0x9b,
    0x2028,
    0x2029,
    0x202e,
    0xfeff,
    0xd800,
    0x20,
    0x22,
    0x5c,
    0x3d,
    0x61,
  )
  .map((code) => String.fromCharCode(code));

test('no value can end a line, forge a field or smuggle a control character', () => {
  const names = ['a', 'b'];
  const [text, json] = [lineFormat('text', names), lineFormat('json', names)];
  const value = fc.oneof(fc.string({ unit: hostile }), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(value, value, (a, b) => {
      for (const line of [text(time, [a, { [b]: b }]), json(time, [a, { [b]: b }])]) {
        assert.doesNotMatch(
          line.slice(`${time}\tinfo\t`.length),
          /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e\ufeff]/,
        );
      }
      const parsed = JSON.parse(json(time, [a, { [b]: b }])) as Record<string, unknown>;
      assert.deepEqual(Object.keys(parsed), ['level', 'time', 'scope', 'a', 'b']);
      assert.equal(parsed['a'], a);
      const fields = text(time, [a, b]).slice(`${time}\tinfo\trequest`.length);
      const match = /^ a=("(?:[^"\\]|\\.)*"|[^" ]\S*) b=("(?:[^"\\]|\\.)*"|[^" ]\S*)$/.exec(fields);
      assert.deepEqual(
        match?.slice(1).map((v) => (v.startsWith('"') ? JSON.parse(v) : v)),
        [a, b],
      );
    }),
    { numRuns: 500 },
  );
});

test('configured names cannot break the text form', () => {
  assert.equal(lineFormat('text', ['a b="\n'])(time, [1]), `${time}\tinfo\trequest a_b___=1`);
});

test('times are those of Date, whatever the order', () => {
  const clock = new LineClock();
  fc.assert(
    fc.property(fc.nat({ max: 4_000_000_000_000 }), fc.nat({ max: 5000 }), (ms, step) => {
      assert.equal(clock.format(ms), new Date(ms).toISOString());
      assert.equal(clock.format(ms + step), new Date(ms + step).toISOString());
    }),
  );
  assert.equal(clock.format(1999.9), '1970-01-01T00:00:01.999Z');
});
