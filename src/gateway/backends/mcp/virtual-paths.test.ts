import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualPaths } from './virtual-paths.ts';

const of = (...paths: string[]): VirtualPaths<string> => new VirtualPaths(paths.map((path) => ({ path, value: path })));

test('the longest path that a request is at, or below, decides', () => {
  const paths = of('/mcp/dev', '/mcp/dev/read', '/x/');
  for (const [path, found] of [
    ['/mcp/dev', '/mcp/dev'],
    ['/mcp/dev/', '/mcp/dev'],
    ['/mcp/dev/sse', '/mcp/dev'],
    ['/mcp/dev/read/sse', '/mcp/dev/read'],
    ['/mcp/devil', null],
    ['/mcp', null],
    ['/x/y', '/x/'],
    ['/x', null],
  ] as const) {
    assert.equal(paths.find(path), found, path);
  }
});

test('where a virtual server takes the place of the endpoint that shows everything, nothing leads there', () => {
  const paths = of('/mcp');
  for (const path of ['/mcp', '/mcp/', '/mcp/sse', '/mcp/any']) assert.equal(paths.find(path), '/mcp');
  for (const path of ['/', '/other', '/mcpx', '/sse']) {
    assert.throws(() => paths.find(path), { reason: 'routeNotFound' }, path);
  }
});
