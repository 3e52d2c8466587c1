import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldGroup } from '../attributes/expressions.ts';
import { GroupedFields } from './grouped-fields.ts';

test('the fields of a group stand in its place', () => {
  const fields = new GroupedFields('text', ['a', 'b', 'c'], new Set());
  const group = new FieldGroup([
    ['b.x', 1],
    ['b.y', 'two'],
  ]);
  assert.equal(fields.line('T', ['1', group, true]), 'T\tinfo\trequest a=1 b.x=1 b.y=two c=true');
  assert.equal(fields.line('T', ['1', new FieldGroup([]), true]), 'T\tinfo\trequest a=1 c=true');
});

test('lines whose groups have other keys, or other keys in other lines, stay right', () => {
  const fields = new GroupedFields('json', ['a', 'g'], new Set());
  const line = (...group: [string, number][]): unknown => JSON.parse(fields.line('T', [0, new FieldGroup(group)]));
  const head = { level: 'info', time: 'T', scope: 'request', a: 0 };
  assert.deepEqual(line(['g.x', 1]), { ...head, 'g.x': 1 });
  assert.deepEqual(line(['g.x', 2]), { ...head, 'g.x': 2 });
  assert.deepEqual(line(['g.y', 3]), { ...head, 'g.y': 3 });
  assert.deepEqual(line(['g.y', 4], ['g.x', 5]), { ...head, 'g.y': 4, 'g.x': 5 });
  assert.deepEqual(line(), head);
});

test('a key that a client chose replaces no other field and brings back none that is removed', () => {
  const fields = new GroupedFields('text', ['http', 'http.status', 'http.more'], new Set(['http.path']));
  const forged = new FieldGroup([
    ['http.status', 200],
    ['http.path', '/forged'],
    ['http.own', 1],
    ['http', 'forged'],
  ]);
  const second = new FieldGroup([['http.own', 2]]);
  assert.equal(fields.line('T', [forged, 500, second]), 'T\tinfo\trequest http.own=1 http.status=500');
});
