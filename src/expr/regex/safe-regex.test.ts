import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { compileRegex, RegexError } from './safe-regex.ts';

test('patterns whose every choice is decided by the next character run natively', () => {
  const native = [
    '^/v[0-9]+/users/[^/]+$',
    'foo|bar|foobar',
    '/api/.*',
    'v[0-9]+/x',
    '^[a-z]+(-[a-z]+)*$',
    '^(a|b){2,4}$',
  ];
  for (const pattern of native) assert.equal(compileRegex(pattern).native, true, pattern);
});

test('patterns with nested or ambiguous repetition run on re2js', () => {
  const slow = [
    '(a+)+$',
    '^(a|a)*$',
    '(a*)*b',
    '^(a|ab)*c$',
    'a*a*b',
    '[0-9]+x',
    '(x+x+)+y',
    '^(a?){30}a{30}$',
    '(.*)(.*)!',
  ];
  for (const pattern of slow) assert.equal(compileRegex(pattern).native, false, pattern);
});

test('an input made to back-track is answered, whatever the pattern', () => {
  const long = `${'a'.repeat(20_000)}!`;
  for (const pattern of ['^(a+)+$', '^(a|a)*$', '(a*)*b', 'a+b', '^(?:a|aa)+$', '.*.*=.*', '[ab]*c']) {
    assert.equal(compileRegex(pattern).test(long), false, pattern);
  }
});

test('syntax that RE2 does not have is rejected with the reason', () => {
  for (const pattern of [
    '(?=a)',
    '(?!a)',
    '(?<=a)b',
    '(a)\\1',
    'a++',
    '[',
    '(',
    'a{2,1}',
    'a{1001}',
    '((a{100}){100}){100}',
  ]) {
    assert.throws(() => compileRegex(pattern), RegexError, pattern);
  }
  assert.throws(() => compileRegex('a'.repeat(10_001)), /longer than/);
  assert.throws(() => compileRegex('(?:x{1000}|y{1000})'.repeat(20)), /too large/);
});

test('fullMatch binds the whole pattern, alternatives included', () => {
  const regex = compileRegex('/a|/b', { fullMatch: true });
  assert.equal(regex.test('/a'), true);
  assert.equal(regex.test('/ax'), false);
  assert.equal(regex.test('x/b'), false);
  assert.equal(compileRegex('/x(?i)Y', { fullMatch: true }).test('/xy'), true);
});

test('the end is the end of the text, a dot is anything but a line feed, and space is ASCII', () => {
  assert.equal(compileRegex('^a$').test('a\n'), false);
  assert.equal(compileRegex('^a.b$').test('a\rb'), true);
  assert.equal(compileRegex('^a.b$').test('a\nb'), false);
  assert.equal(compileRegex('^\\s$').test('\u00a0'), false);
  assert.equal(compileRegex('^.$').test('😀'), true);
});

test('replace expands groups by number and name, the first match or all', () => {
  assert.equal(compileRegex('id=(.+?) ').replace('blah id=1234 bar', '[$1] '), 'blah [1234] bar');
  assert.equal(compileRegex('(?P<x>[a-z])(?P<y>[0-9])').replace('a1b2', '${y}$x_', true), '12');
  assert.equal(compileRegex('(?P<x>[a-z])(?P<y>[0-9])').replace('a1b2', '$y${x}', true), '1a2b');
  assert.equal(compileRegex('b').replace('abcb', '$$'), 'a$cb');
  assert.equal(compileRegex('(a)|(b)').replace('b', '<$1|$2>'), '<|b>');
  assert.equal(compileRegex('x*').replace('a😀b', '-', true), '-a-😀-b-');
});

/** Patterns over a small alphabet, so that matches are common. */
const pattern = fc.letrec<{ node: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '\\d', '\\w', 'ab'),
    tie('node').map((inner) => `(${inner})`),
    tie('node').map((inner) => `(?:${inner})`),
  ),
  node: fc.oneof(
    { depthSize: 'small' },
    tie('atom'),
    fc
      .tuple(tie('atom'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '*?', '{0,2}?'))
      .map(([atom, times]) => `(?:${atom})${times}`),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => a + b),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(?:${a}|${b})`),
  ),
})).node;

test('property: both engines find the same match and groups', () => {
  let natives = 0;
  fc.assert(
    fc.property(
      pattern,
      fc.constantFrom('', '^'),
      fc.constantFrom('', '$'),
      fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '\n', 'é', '😀'), maxLength: 12 }),
      (body, start, end, input) => {
        const text = start + body + end;
        const regex = compileRegex(text);
        if (regex.native) natives++;
        // Would not return if the proof were wrong.
        if (regex.native) regex.test(`${(input.slice(0, 3) || 'a').repeat(1000)}\n`);
        const matcher = RE2JS.compile(text).matcher(input);
        const found = regex.exec(input);
        assert.equal(found !== null, matcher.find());
        assert.equal(regex.test(input), found !== null);
        if (found === null) return;
        const groups = Array.from(
          { length: matcher.groupCount() + 1 },
          (_, index) => matcher.group(index) ?? undefined,
        );
        assert.deepEqual({ ...found, groups: found.groups }, { index: matcher.start(), end: matcher.end(), groups });
      },
    ),
    { numRuns: 2000 },
  );
  assert.ok(natives > 200, `only ${natives} ran natively`);
});
