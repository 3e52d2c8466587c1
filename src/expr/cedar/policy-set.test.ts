import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ExprJson, PolicyJson } from '../../model/policies/cedar-json.ts';
import { extensionTexts, question, type Question } from './testing/arbitraries.ts';
import { engine, oracle } from './testing/oracle.ts';

const nobody = { type: 'User', id: 'x' };

/** One permit for each condition. */
function ask(conditions: readonly ExprJson[]): Question {
  const all = { op: 'All' } as const;
  const policies = conditions.map((body): PolicyJson => {
    return { effect: 'permit', principal: all, action: all, resource: all, conditions: [{ kind: 'when', body }] };
  });
  return { policies, entities: [], principal: nobody, action: nobody, resource: nobody, context: {} };
}

test('decisions, determining policies and errors are those of Cedar itself', () => {
  fc.assert(
    fc.property(question, (asked) => {
      assert.deepEqual(engine(asked), oracle(asked));
    }),
    { numRuns: 1500 },
  );
});

const value = (type: string, text: string): ExprJson => ({ [type]: [{ Value: text }] });
const binary = (name: string, left: ExprJson, right: ExprJson): ExprJson => ({ [name]: { left, right } });
const call = (name: string, ...args: readonly ExprJson[]): ExprJson => ({ [name]: args });

/** Everything that can be asked of one value, and of two. */
const questions: Readonly<Record<string, (a: ExprJson, b: ExprJson) => readonly ExprJson[]>> = {
  decimal: (a, b) =>
    ['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'].map((name) => call(name, a, b)),
  ip: (a, b) => [
    call('isInRange', a, b),
    ...['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'].map((name) => call(name, a)),
  ],
  datetime: (a, b) => [
    ...['<', '<=', '>', '>='].map((name) => binary(name, a, b)),
    binary('==', call('toDate', a), b),
    binary('==', call('toTime', a), call('durationSince', a, b)),
    binary('==', call('offset', a, value('duration', '1d')), b),
    binary('<', call('offset', a, value('duration', '-9223372036854775807ms')), b),
  ],
  duration: (a, b) => [
    ...['<', '<=', '>', '>='].map((name) => binary(name, a, b)),
    ...['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'].flatMap((name) => [
      binary('<=', call(name, a), { Value: -1 }),
      binary('==', call(name, a), { Value: 1 }),
      binary('>', call(name, a), { Value: 9_000_000_000_000_000 }),
    ]),
  ],
};

for (const [type, texts] of Object.entries(extensionTexts)) {
  test(`every text is a ${type} where Cedar says so, and compares as there`, () => {
    for (const first of texts) {
      const conditions = texts.flatMap((second) => {
        const [a, b] = [value(type, first), value(type, second)];
        return [binary('==', a, b), ...(questions[type]?.(a, b) ?? [])];
      });
      assert.deepEqual(engine(ask(conditions)), oracle(ask(conditions)), first);
    }
  });
}

test('a text far longer than its pattern is matched in no time', () => {
  const pattern = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? { Literal: 'a' } : ('Wildcard' as const)));
  const like = { like: { left: { Value: `${'a'.repeat(100_000)}b` }, pattern: [...pattern, { Literal: 'c' }] } };
  assert.equal(engine(ask([like])).allowed, false);
});

test('an integer that JSON cannot hold exactly is refused when the policy is compiled', () => {
  assert.throws(() => engine(ask([binary('==', { Value: 2 ** 53 }, { Value: 1 })])), /no integer between/);
});
