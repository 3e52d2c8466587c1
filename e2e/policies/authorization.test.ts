import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

const key = (name: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${name}` });

async function status(
  gateway: TestGateway,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  return (await send(gateway.port, { path, headers })).status;
}

test('rules allow, deny and require by what is known of the client and its request', async () => {
  await using upstream = await startUpstream();
  const policies = `
    apiKey:
      keys:
      - { key: red, metadata: { team: red } }
      - { key: blue, metadata: { team: blue } }
    authorization:
      rules:
      - apiKey.team == "red"
      - allow: request.path.startsWith("/blue") && apiKey.team == "blue"
      - deny: request.path.startsWith("/closed")
      - require: request.method in ["GET", "POST"]`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  assert.equal(await status(gateway, '/', key('red')), 200);
  assert.equal(await status(gateway, '/closed', key('red')), 403);
  assert.equal(await status(gateway, '/', key('blue')), 403);
  assert.equal(await status(gateway, '/blue', key('blue')), 200);
  const put = await send(gateway.port, { method: 'PUT', headers: key('red') });
  assert.equal(put.status, 403);
  assert.match(put.text, /the authorization rules of this route do not allow this request/);
  assert.equal(upstream.requests.length, 2);
  const lines = await gateway.lines(5);
  assert.deepEqual(
    lines.map((line) => [line['reason'], line['waygate.authorization.by']]),
    [
      [undefined, undefined],
      ['authorizationFailed', 'deny 3'],
      ['authorizationFailed', 'no rule allows it'],
      [undefined, undefined],
      ['authorizationFailed', 'require 4'],
    ],
  );
});

test('a rule that fails lets nothing pass, and is logged and counted', async () => {
  await using upstream = await startUpstream();
  const policies = `
    authorization:
      rules:
      - deny: request.headers["x-block"] == "yes"`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  assert.equal(await status(gateway, '/', { 'x-block': 'no' }), 200);
  assert.equal(await status(gateway, '/', { 'x-block': 'yes' }), 403);
  assert.equal(gateway.metric('policy_expression_errors'), 0);
  assert.equal(await status(gateway, '/'), 403);
  assert.equal(await status(gateway, '/'), 403);
  assert.equal(gateway.metric('policy_expression_errors', { policy: 'authorization' }), 2);
  const said = gateway.diagnostics.filter((line) => line.includes('a rule could not be evaluated'));
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /the request is refused.*rule="deny 1" reads=request\.headers/);
});

test('a client gets past no rule by sending a field twice', async () => {
  await using gateway = await startGateway(
    oneRoute(
      `{ authorization: { rules: [{ deny: 'default(request.headers["x-env"], "") == "prod"' }] }, directResponse: { status: 200 } }`,
    ),
  );
  assert.equal(await status(gateway, '/'), 200);
  assert.equal(await status(gateway, '/', { 'x-env': 'test' }), 200);
  assert.equal(await status(gateway, '/', { 'x-env': 'prod' }), 403);
  assert.equal((await send(gateway.port, { headers: { 'x-env': ['prod', 'prod'] } })).status, 403);
});

test('rules of all levels of a route count together; before routing those of the listener stand alone', async () => {
  await using upstream = await startUpstream();
  const text = `
policies:
- name: { name: all, namespace: default }
  target: { gateway: { gatewayName: default, gatewayNamespace: default } }
  policy: { authorization: { rules: [{ deny: request.path == "/never" }, { allow: request.path == "/shared" }] } }
gateways:
  default:
    port: $PORT
    address: ["127.0.0.1"]
    authorization: { rules: [{ deny: 'request.path == "/gateway"' }] }
    listeners:
    - name: own
      hostname: own.example
      authorization: { rules: [{ deny: request.path == "/listener" }] }
    - name: other
      hostname: other.example
routes:
- name: only
  policies: { authorization: { rules: [{ allow: request.path != "/shared" && request.path != "/nothing" }] } }
  backends: [{ host: "${upstream.host}" }]
`;
  await using gateway = await startGateway(text);
  const own = { host: 'own.example' };
  const other = { host: 'other.example' };
  assert.equal(await status(gateway, '/a', own), 200);
  assert.equal(await status(gateway, '/shared', own), 200);
  assert.equal(await status(gateway, '/never', own), 403);
  assert.equal(await status(gateway, '/nothing', own), 403);
  assert.equal(await status(gateway, '/listener', own), 403);
  assert.equal(await status(gateway, '/gateway', own), 200);
  assert.equal(await status(gateway, '/listener', other), 200);
  assert.equal(await status(gateway, '/gateway', other), 403);
});

test('rules of the wrong kind are refused when they are loaded, with their place', async () => {
  const load = (rules: string): Promise<TestGateway> => startGateway(oneRoute(`{ authorization: ${rules} }`));
  await assert.rejects(
    load('{ rules: [{ deny: request.path }] }'),
    /8:.*the expression must be true or false, not string/,
  );
  await assert.rejects(load('{ rules: [{ allow: nobody.knows }] }'), /rules\[0\]\.allow: .*nobody/);
  await assert.rejects(load('{}'), /missing field rules/);
});

test('rules of a model say who may use and see it; of several that may serve a name, those that are left do', async () => {
  await using gateway = await startGateway(`
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
llm:
  policies: { apiKey: { keys: [{ key: red, metadata: { team: red } }, { key: blue, metadata: { team: blue } }] } }
  models:
  - { name: open, provider: demo }
  - { name: closed, provider: demo, authorization: { rules: ['apiKey.team == "red"'] } }
  virtualModels:
  - { name: any, routing: { failover: { targets: [{ model: closed, priority: 0 }, { model: open, priority: 1 }] } } }
`);
  const ask = async (name: string, model: string): Promise<number> => {
    const body = Buffer.from(JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }] }));
    return (await send(gateway.port, { method: 'POST', path: '/v1/chat/completions', headers: key(name), body }))
      .status;
  };
  const listed = async (name: string): Promise<string[]> => {
    const { text } = await send(gateway.port, { path: '/v1/models', headers: key(name) });
    return (JSON.parse(text) as { readonly data: readonly { readonly id: string }[] }).data.map(({ id }) => id);
  };
  assert.deepEqual([await ask('red', 'closed'), await ask('blue', 'closed')], [200, 403]);
  assert.deepEqual([await ask('red', 'any'), await ask('blue', 'any')], [200, 200]);
  assert.deepEqual(await listed('red'), ['open', 'closed', 'any']);
  assert.deepEqual(await listed('blue'), ['open', 'any']);
  assert.equal(await status(gateway, '/v1/models/closed', key('blue')), 404);
  assert.equal((await gateway.lines(7))[1]?.['waygate.authorization.by'], 'no rule allows it');
});
