import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rewriteAuthority, rewritePath } from './rewrite.ts';

const prefix = (value: string): { kind: 'prefix'; value: string } => ({ kind: 'prefix', value });

// The table of HTTPPathModifier.replacePrefixMatch in the Gateway API.
const rows: readonly [path: string, matched: string, replacement: string, want: string][] = [
  ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
  ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
  ['/foo', '/foo', '/xyz', '/xyz'],
  ['/foo/', '/foo', '/xyz', '/xyz/'],
  ['/foo/bar', '/foo', '/', '/bar'],
  ['/foo/', '/foo', '/', '/'],
  ['/foo', '/foo', '/', '/'],
  ['/foo/bar', '/', '/xyz', '/xyz/foo/bar'],
];

for (const [path, matched, replacement, want] of rows) {
  test(`prefix ${matched} replaced by ${replacement} makes ${path} ${want}`, () => {
    assert.equal(rewritePath(path, prefix(matched), prefix(replacement)), want);
  });
}

test('a path that does not begin with the prefix any more is replaced as a whole', () => {
  assert.equal(rewritePath('/version2/api/u', prefix('/api'), prefix('/x')), '/x');
  assert.equal(rewritePath('/apis/u', prefix('/api'), prefix('/x')), '/x');
  assert.equal(rewritePath('/a', prefix('/api'), prefix('/x')), '/x');
});

test('a full replacement ignores the path', () => {
  assert.equal(rewritePath('/a/b', prefix('/a'), { kind: 'full', value: '/new' }), '/new');
});

test('an authority keeps its port when only the host changes, and its host when only the port does', () => {
  assert.equal(rewriteAuthority('a.example:8080', { kind: 'host', value: 'b.example' }), 'b.example:8080');
  assert.equal(rewriteAuthority('a.example', { kind: 'host', value: 'b.example' }), 'b.example');
  assert.equal(rewriteAuthority('[::1]:80', { kind: 'port', value: 81 }), '[::1]:81');
  assert.equal(rewriteAuthority('[::1]', { kind: 'port', value: 81 }), '[::1]:81');
  assert.equal(rewriteAuthority('a.example:8080', { kind: 'full', value: 'c:1' }), 'c:1');
  assert.equal(rewriteAuthority('a.example:8080', { kind: 'none' }), 'a.example:8080');
});
