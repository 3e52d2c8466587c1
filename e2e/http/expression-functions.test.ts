import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

test('flatten makes one access log field of each entry, flattenRecursive also of the inner ones', async () => {
  const fields = `
frontendPolicies:
  accessLog:
    add:
      before: "'b'"
      one: "flatten(json(request.body))"
      all: "flattenRecursive(json(request.body))"
      none: "flatten(json('{}'))"
      failed: "flatten(json('no JSON'))"
      after: "'a'"`;
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host, fields));
  await send(gateway.port, { method: 'POST', body: '{"user":"ann","tags":["x",{"deep":true}],"nil":null}' });
  await send(gateway.port, { method: 'POST', body: '{"user":"bob","a \\"=b\\nc":1}' });
  const [first, second] = await gateway.lines(2);
  const added = (line: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> =>
    Object.fromEntries(Object.entries(line ?? {}).filter(([name]) => /^(before|one|all|none|failed|after)/.test(name)));
  assert.deepEqual(Object.entries(added(first)), [
    ['before', 'b'],
    ['one.user', 'ann'],
    ['one.tags', ['x', { deep: true }]],
    ['all.user', 'ann'],
    ['all.tags.0', 'x'],
    ['all.tags.1.deep', true],
    ['after', 'a'],
  ]);
  assert.deepEqual(added(second), {
    before: 'b',
    'one.user': 'bob',
    'one.a "=b\nc': 1,
    'all.user': 'bob',
    'all.a "=b\nc': 1,
    after: 'a',
  });
  assert.equal(first?.['http.status'], 200);
});

test('a flattened client text replaces no field of the line', async () => {
  const fields = 'frontendPolicies: { accessLog: { add: { http: "flatten(json(request.body))" } } }';
  await using upstream = await startUpstream((_request, response) => response.writeHead(403).end());
  await using gateway = await startGateway(oneRoute('', upstream.host, fields));
  await send(gateway.port, { method: 'POST', body: '{"status":200,"own":1}' });
  const [line] = await gateway.lines(1);
  assert.deepEqual([line?.['http.status'], line?.['http.own'], line?.['http.method']], [403, 1, 'POST']);
});

test('where there is one text only, a flattened value is its JSON', async () => {
  const policies = `{ directResponse: { status: 200, headers: { x-flat: "flatten({'a': [1]})" } } }`;
  await using gateway = await startGateway(oneRoute(policies));
  assert.equal((await send(gateway.port)).headers['x-flat'], '{"a":[1]}');
});

const defined = (greeting: string): string => `
config:
  customFunctions: |
    # what the route answers
    greeting(name) { "${greeting} " + name }
    isInternal() { request.headers["x-env"] == "internal" }
    this.joined(prefix, parts...) { prefix + this + parts.join("") }
  logging:
    filter: isInternal()
    fields: { add: { user: "request.headers['x-user'].joined('<', '>')" } }`;
const greets = `
    directResponse:
      conditional:
      - { condition: isInternal(), status: 200, bodyExpression: "greeting(request.headers['x-user'])" }
      - { status: 403 }`;
const ann = { 'x-env': 'internal', 'x-user': 'ann' };

test('policies and the access log call custom functions', async () => {
  await using gateway = await startGateway(oneRoute(greets, [], defined('hello')));
  assert.equal((await send(gateway.port, { headers: ann })).text, 'hello ann');
  assert.equal((await send(gateway.port, { headers: { 'x-user': 'eve' } })).status, 403);
  const [line] = await gateway.lines(1);
  assert.deepEqual([line?.['http.status'], line?.['user']], [200, '<ann>']);
});

test('a custom function that names the body has it read, as the expression itself would', async () => {
  const functions = `
config:
  customFunctions: "kind() { json(request.body).kind }"`;
  await using gateway = await startGateway(
    oneRoute('{ directResponse: { status: 200, bodyExpression: kind() } }', [], functions),
  );
  assert.equal((await send(gateway.port, { method: 'POST', body: '{"kind":"local"}' })).text, 'local');
});

test('the target of a dynamic backend calls custom functions, also those of a later configuration', async () => {
  await using first = await startUpstream((_request, response) => response.end('first'));
  await using second = await startUpstream((_request, response) => response.end('second'));
  const functions = (host: string): string => `
config:
  customFunctions: |
    upstream() { "${host}" }`;
  const dynamic = '{ dynamic: { target: upstream() } }';
  await using gateway = await startGateway(oneRoute('', [dynamic], functions(first.host)));
  assert.equal((await send(gateway.port)).text, 'first');
  await gateway.reload(oneRoute('', [dynamic], functions(second.host)));
  assert.equal((await send(gateway.port)).text, 'second');
});
