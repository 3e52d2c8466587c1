import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expand, plainValue } from './expand.ts';

const env = { HOME: '/home/$A', A: '1', EMPTY: '', NESTED: '$A' };

const expansions: readonly (readonly [string, string])[] = [
  ['a$A', 'a1'],
  ['${A}b', '1b'],
  ['$A$A', '11'],
  ['$A_', '$A_ is not set'],
  ['$$A', '$A'],
  ['$$$A', '$1'],
  ['cost: 5$', 'cost: 5$'],
  ['^a$|$1', '^a$|$1'],
  ['${A', '${A'],
  ['${UNSET:-x y}', 'x y'],
  ['${UNSET:-}', ''],
  ['${EMPTY:-x}', 'x'],
  ['[$EMPTY]', '[]'],
  ['$NESTED', '$A'],
  ['~/a', '/home/$A/a'],
  ['~', '~'],
  ['a~/b', 'a~/b'],
  ['$UNSET', '$UNSET is not set'],
  ['${a b}', '${a b} is not a variable'],
];

for (const [text, wanted] of expansions) {
  test(`${text} becomes ${wanted}`, () => {
    const result = expand(text, env);
    if (result.ok) assert.equal(result.text, wanted);
    else
      assert.ok(
        wanted.startsWith(result.reference) && wanted.endsWith(result.why.includes('not set') ? 'not set' : 'variable'),
        result.why,
      );
  });
}

test('without a home folder ~/ stays', () => {
  assert.deepEqual(expand('~/a', {}), { ok: true, text: '~/a' });
});

test('a plain scalar has the type of the YAML 1.2 core schema', () => {
  const words = [
    '',
    '~',
    'true',
    'False',
    '12',
    '-1',
    '0x1f',
    '0o17',
    '1.5e3',
    '.5',
    '1.2.3',
    'yes',
    '08',
    '1_000',
    'null ',
  ];
  assert.deepEqual(words.map(plainValue), [
    null,
    null,
    true,
    false,
    12,
    -1,
    31,
    15,
    1500,
    0.5,
    '1.2.3',
    'yes',
    8,
    '1_000',
    'null ',
  ]);
});
