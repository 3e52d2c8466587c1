import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostOf, HostTable, intersectHostnames } from './hostname.ts';

test('the host of an authority has no port, no trailing dot and no capitals', () => {
  for (const [authority, want] of [
    ['a.test', 'a.test'],
    ['A.Test:80', 'a.test'],
    ['a.test.:80', 'a.test'],
    ['[::1]:80', '[::1]'],
    ['[2001:DB8::1]', '[2001:db8::1]'],
    ['', ''],
    ['.', '.'],
  ] as const) {
    assert.equal(hostOf(authority), want);
  }
});

test('a look-up visits exact, then longer wildcards, then any, until one is taken', () => {
  const table = new HostTable<string>();
  for (const pattern of ['a.b.test', '*.b.test', '*.test', undefined]) table.at(pattern, () => pattern ?? 'any');
  const visited = (host: string): string[] => {
    const seen: string[] = [];
    table.find(host, (value) => {
      seen.push(value);
      return null;
    });
    return seen;
  };
  assert.deepEqual(visited('a.b.test'), ['a.b.test', '*.b.test', '*.test', 'any']);
  assert.deepEqual(visited('x.y.b.test'), ['*.b.test', '*.test', 'any']);
  assert.deepEqual(visited('b.test'), ['*.test', 'any']);
  assert.deepEqual(visited('test'), ['any']);
  assert.deepEqual(visited('.b.test'), ['*.test', 'any']);
  assert.equal(
    table.find('a.b.test', (value) => value),
    'a.b.test',
  );
});

test('of two patterns the narrower is what both cover', () => {
  for (const [listener, route, want] of [
    [undefined, undefined, undefined],
    [undefined, 'a.test', 'a.test'],
    ['a.test', undefined, 'a.test'],
    ['*.test', 'a.test', 'a.test'],
    ['a.test', '*.test', 'a.test'],
    ['*.test', '*.a.test', '*.a.test'],
    ['a.test', 'b.test', null],
    ['*.a.test', '*.b.test', null],
    ['*.test', 'test', null],
  ] as const) {
    assert.equal(intersectHostnames(listener, route), want, `${listener} and ${route}`);
  }
});
