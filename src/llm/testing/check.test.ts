import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from './check.ts';
import { withLimits } from './limit.ts';
import type { Schema } from './schema.ts';

const block: Schema = {
  type: 'union',
  of: [
    {
      type: 'object',
      members: { type: { type: 'string', enum: ['text'] }, text: { type: 'string' } },
      required: ['type', 'text'],
    },
    {
      type: 'object',
      members: { type: { type: 'string', enum: ['image'] }, url: { type: 'string' } },
      required: ['type', 'url'],
    },
  ],
};

test('what is wrong in a variant is told of that variant, not of the first', () => {
  assert.deepEqual(check(block, {}, { type: 'image', url: 1 }, 'b'), [
    { path: 'b.url', rule: 'type', message: 'is 1, not a string' },
  ]);
});

test('a value that has the members of two variants fits none', () => {
  const [violation] = check(block, {}, { type: 'text', text: 'a', url: 'b' });
  assert.deepEqual([violation?.rule, violation?.path], ['unknown', 'url']);
});

test('members that every object inherits are unknown ones', () => {
  const schema: Schema = { type: 'object', members: {} };
  assert.equal(check(schema, {}, JSON.parse('{"constructor":1}'))[0]?.rule, 'unknown');
});

test('lengths of text are counted in code points, of base64 in bytes', () => {
  assert.deepEqual(check({ type: 'string', max: 1 }, {}, '😀'), []);
  assert.deepEqual(check({ type: 'string', base64: true, max: 3 }, {}, 'AAAA'), []);
  assert.equal(check({ type: 'string', base64: true, max: 2 }, {}, 'AAAA')[0]?.rule, 'maximum');
});

test('base64 is of either alphabet, not of both', () => {
  for (const text of ['+/==', '-_', 'AAA=']) assert.deepEqual(check({ type: 'string', base64: true }, {}, text), []);
  assert.equal(check({ type: 'string', base64: true }, {}, '+_==')[0]?.rule, 'pattern');
});

test('a limit of something that the vendor renamed is an error', () => {
  const file = { origin: '', roots: {}, defs: { A: { type: 'object', members: { b: { type: 'string' } } } } } as const;
  assert.throws(() => withLimits(file, { 'A/c': { type: 'string', min: 1 } }), /A\/c/);
  assert.throws(() => withLimits(file, { 'A/b': { type: 'number', min: 1 } }), /A\/b/);
  assert.throws(() => withLimits(file, { B: { type: 'object' } }), /B/);
});
