import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ToolNames, toToken, wordRule, type TokenRule } from './tool-names.ts';

const letterFirst: TokenRule = { ...wordRule(20), start: { pattern: /^[A-Za-z_]/, prefix: '_' } };

test('any name becomes one that the rule allows, and comes back', () => {
  for (const rule of [wordRule(64), letterFirst]) {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 90 }), { maxLength: 8 }), (texts) => {
        const names = new ToolNames();
        const tokens = texts.map((text) => names.toTarget(text, rule));
        for (const token of tokens) {
          assert.match(token, /^[a-zA-Z0-9_-]+$/);
          assert(token.length <= rule.longest);
        }
        assert.equal(new Set(tokens).size, texts.length);
        assert.deepEqual(
          tokens.map((token) => names.toClient(token)),
          texts,
        );
      }),
    );
  }
});

test('a name that fits stays, and a token is the same in every turn', () => {
  assert.equal(toToken('get_weather', wordRule(64)), 'get_weather');
  assert.equal(toToken('1st', letterFirst).startsWith('_1st_'), true);
  assert.equal(toToken('a.b', wordRule(64)), toToken('a.b', wordRule(64)));
});
