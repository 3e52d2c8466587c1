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
