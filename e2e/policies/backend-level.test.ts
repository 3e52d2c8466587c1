import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

test('transformations of a backend see what those of the route made, and its responses before them', async () => {
  await using upstream = await startUpstream((request, response) => {
    response.end(`${request.url} ${String(request.headers['x-step'])}`);
  });
  const backend = `{ host: "${upstream.host}", policies: { transformations: {
    request: { set: { x-step: "request.headers['x-step'] + ' backend'", ":path": "request.path + '/end'" } },
    response: { set: { x-step: "'backend'" }, body: "string(response.body) + '!'" } } } }`;
  const policies = `{ transformations: {
    request: { set: { x-step: "'route'" } },
    response: { set: { x-step: "response.headers['x-step'] + ' route'" }, body: "string(response.body) + '?'" } } }`;
  await using gateway = await startGateway(oneRoute(policies, [backend]));
  const reply = await send(gateway.port, { path: '/p' });
  assert.deepEqual([reply.text, reply.headers['x-step']], ['/p/end route backend!?', 'backend route']);
});

test('a body that a backend computes is what it gets, with its length', async () => {
  await using upstream = await startUpstream((request, response) => {
    response.end(`${String(request.headers['content-length'])} ${request.body.toString()}`);
  });
  const backend = `{ host: "${upstream.host}", policies: { transformations: {
    request: { body: "string(request.body) + request.path" } } } }`;
  await using gateway = await startGateway(oneRoute('', [backend]));
  const reply = await send(gateway.port, { method: 'POST', path: '/p', body: 'hi' });
  assert.equal(reply.text, '4 hi/p');
});

test('rules of a backend, of its use and of what is attached to it count together', async () => {
  await using upstream = await startUpstream();
  const deny = (path: string): string => `{ rules: [{ deny: "request.path == '${path}'" }] }`;
  await using gateway = await startGateway(`
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
backends: [{ name: b, host: "${upstream.host}", policies: { authorization: ${deny('/own')} } }]
policies:
- { name: { name: p, namespace: default }, target: { backend: { backend: { name: b, namespace: default } } }, policy: { authorization: ${deny('/attached')} } }
routes:
- { name: r, backends: [{ backend: b, policies: { authorization: ${deny('/use')} } }] }
`);
  for (const [path, status] of [
    ['/', 200],
    ['/own', 403],
    ['/attached', 403],
    ['/use', 403],
  ] as const) {
    assert.equal((await send(gateway.port, { path })).status, status, path);
  }
  assert.equal(upstream.requests.length, 1);
});

test('one backend of a route may refuse what another serves', async () => {
  await using upstream = await startUpstream();
  const open = `{ host: "${upstream.host}", policies: { authorization: { rules: [] } }, weight: 1 }`;
  const closed = `{ host: "${upstream.host}", policies: { authorization: { rules: ["jwt.sub == 'a'"] } }, weight: 1 }`;
  await using gateway = await startGateway(oneRoute('', [open, closed]));
  const statuses = new Set<number>();
  while (statuses.size < 2) statuses.add((await send(gateway.port)).status);
  assert.deepEqual(
    [...statuses].toSorted((a, b) => a - b),
    [200, 403],
  );
});
