import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compilePatterns } from './patterns.ts';

const of = (...matches: string[]): ReturnType<typeof compilePatterns<{ match: string }>> =>
  compilePatterns(matches.map((match) => ({ match })));

test('the first entry that fits either name decides, whether it is a name or a pattern', () => {
  const patterns = of('get_*', 'get_user', '*_delete', 'a_x');
  assert.equal(patterns.first('get_user', 'g_get_user')?.match, 'get_*');
  assert.equal(patterns.first('user_delete', 'g_user_delete')?.match, '*_delete');
  assert.equal(patterns.first('x', 'a_x')?.match, 'a_x');
  assert.equal(patterns.first('y', 'a_y'), null);
  assert.equal(of('get_user', 'get_*').first('get_user', '')?.match, 'get_user');
});

test('parts of a pattern do not overlap', () => {
  assert.equal(of('ab*ba').first('aba', ''), null);
  assert.equal(of('a*b*b').first('ab', ''), null);
  assert.equal(of('a*b*b').first('axbyb', '')?.match, 'a*b*b');
  assert.equal(of('*').first('', '')?.match, '*');
});

test('patterns mean what the regular expression with .* in place of * means', () => {
  const text = fc.stringMatching(/^[ab]{0,6}$/);
  fc.assert(
    fc.property(fc.stringMatching(/^[ab*]{0,6}$/), text, (pattern, value) => {
      const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(value);
      assert.equal(of(pattern).first(value, value) !== null, expected);
    }),
  );
});
