/** Which policies hold where several levels have some (agentgateway §1.6), and which variant of one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { closedHost, startUpstream } from '../../testkit/upstream.ts';

const gatewayTarget = 'gateway: { gatewayName: default, gatewayNamespace: default }';
const listenerTarget = 'gateway: { gatewayName: default, gatewayNamespace: default, listenerName: default/own }';
const routeTarget = 'route: { name: only, namespace: default }';
const ruleTarget = 'route: { name: only, namespace: default, ruleName: first }';

function attached(target: string, policy: string, phase = 'route'): string {
  return `- { name: { name: p, namespace: d }, target: { ${target} }, phase: ${phase}, policy: ${policy} }`;
}

function config(upstream: string, policies: readonly string[], inline = '{}', gateway = ''): string {
  return `
gateways:
  default:
    port: $PORT
    address: ["127.0.0.1"]
    ${gateway}
    listeners: [{ name: own }]
routes:
- name: only
  ruleName: first
  gateways: default/own
  policies: ${inline}
  backends: [{ host: "${upstream}" }]
policies: ${policies.length === 0 ? '[]' : `\n${policies.join('\n')}`}
`;
}

const header = (value: string): string => `{ responseHeaderModifier: { set: { x-level: ${value} } } }`;

test('for each kind the most specific level counts: gateway, listener, route, rule, the route itself', async () => {
  await using upstream = await startUpstream();
  const levels: readonly (readonly [target: string, name: string])[] = [
    [gatewayTarget, 'gateway'],
    [listenerTarget, 'listener'],
    [routeTarget, 'route'],
    [ruleTarget, 'rule'],
  ];
  const policies = levels.map(([target, name]) => attached(target, header(name)));
  await using gateway = await startGateway(config(upstream.host, policies, header('inline')));
  const level = async (): Promise<unknown> => (await send(gateway.port)).headers['x-level'];
  assert.equal(await level(), 'inline');
  for (let count = levels.length; count > 0; count--) {
    // The order of the file does not matter.
    await gateway.reload(config(upstream.host, policies.slice(0, count).toReversed()));
    assert.equal(await level(), levels[count - 1]?.[1]);
  }
});

test('rules of all levels hold together', async () => {
  await using upstream = await startUpstream();
  const deny = (path: string): string => `{ authorization: { rules: [{ deny: 'request.path == "${path}"' }] } }`;
  await using gateway = await startGateway(
    config(
      upstream.host,
      [
        attached(gatewayTarget, deny('/a')),
        attached(gatewayTarget, deny('/b')),
        attached(listenerTarget, deny('/c')),
        attached(routeTarget, deny('/d')),
        attached(ruleTarget, deny('/e')),
      ],
      deny('/f'),
    ),
  );
  for (const path of ['/a', '/b', '/c', '/d', '/e', '/f']) {
    assert.equal((await send(gateway.port, { path })).status, 403, path);
  }
  assert.equal((await send(gateway.port, { path: '/g' })).status, 200);
});

test('a body is held as the least specific level says', async () => {
  await using upstream = await startUpstream();
  const buffer = (maxBytes: number): string => `{ buffer: { request: { maxBytes: ${maxBytes} } } }`;
  await using gateway = await startGateway(
    config(upstream.host, [attached(gatewayTarget, buffer(3)), attached(routeTarget, buffer(100))], buffer(1000)),
  );
  assert.equal((await send(gateway.port, { method: 'POST', body: 'four' })).status, 413);
  assert.equal((await send(gateway.port, { method: 'POST', body: 'one' })).status, 200);
});

test('before a route is looked for, the most specific level stands alone, rules too', async () => {
  await using upstream = await startUpstream();
  const deny = (path: string): string => `{ authorization: { rules: [{ deny: 'request.path == "${path}"' }] } }`;
  const early = (target: string, policy: string): string => attached(target, policy, 'gateway');
  await using gateway = await startGateway(
    config(
      upstream.host,
      [early(gatewayTarget, deny('/a')), early(listenerTarget, deny('/c'))],
      '{}',
      `authorization: { rules: [{ deny: 'request.path == "/b"' }] }`,
    ),
  );
  for (const [path, status] of [
    ['/a', 200],
    ['/b', 200],
    ['/c', 403],
  ] as const) {
    assert.equal((await send(gateway.port, { path })).status, status, path);
  }
});

test('what a policy of the gateway changes decides which route is found', async () => {
  await using upstream = await startUpstream();
  const to = (path: string): string => `{ transformations: { request: { set: { ":path": '"${path}"' } } } }`;
  await using gateway = await startGateway(`
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
routes:
- name: a
  matches: [{ path: { pathPrefix: /a } }]
  policies: { directResponse: { status: 200, body: was-a } }
- name: b
  matches: [{ path: { pathPrefix: /b } }]
  backends: [{ host: "${upstream.host}" }]
policies:
${attached(gatewayTarget, to('/b/new'), 'gateway')}
`);
  assert.equal((await send(gateway.port, { path: '/a' })).text, 'ok');
  assert.equal((await upstream.request(1)).url, '/b/new');
});

test('a variant that was chosen for a request is that of its response', async () => {
  await using upstream = await startUpstream();
  const inline = `
      transformations:
        conditional:
        - condition: request.headers["x-kind"] == "one"
          request: { remove: [x-kind] }
          response: { set: { x-variant: '"one"' } }
        - response: { set: { x-variant: '"other"' } }`;
  await using gateway = await startGateway(config(upstream.host, [], inline));
  const variant = async (kind: string): Promise<unknown> =>
    (await send(gateway.port, { headers: { 'x-kind': kind } })).headers['x-variant'];
  assert.equal(await variant('one'), 'one');
  assert.equal(await variant('two'), 'other');
});

test('no request passes by a policy that may refuse it because the condition of a variant cannot be evaluated', async () => {
  await using upstream = await startUpstream();
  const condition = `condition: 'request.headers["x-env"] != "internal"'`;
  const nowhere = await closedHost();
  const refusing: Readonly<Record<string, string>> = {
    extAuthz: `host: "${nowhere}", failureMode: allow`,
    extProc: `host: "${nowhere}", failureMode: failOpen`,
    localRateLimit: 'maxTokens: 100, tokensPerFill: 1, fillInterval: 1s',
    remoteRateLimit: `host: "${nowhere}", domain: d, failureMode: failOpen, descriptors: [{ entries: [{ key: a, value: '"b"' }] }]`,
  };
  const variants = (kind: string, spec: string): string => `
      ${kind}: { conditional: [{ ${condition}, ${spec} }] }`;
  await using gateway = await startGateway(config(upstream.host, []));
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await send(gateway.port, { headers })).status;
  for (const [kind, spec] of Object.entries(refusing)) {
    await gateway.reload(config(upstream.host, [], variants(kind, spec)));
    assert.deepEqual([await status({}), await status({ 'x-env': 'internal' })], [500, 200], kind);
    assert.equal(gateway.metric('policy_expression_errors', { policy: kind }), 1, kind);
  }
  assert.ok(gateway.diagnostics.some((line) => line.includes('conditional[0].condition')));
  const harmless = {
    directResponse: 'status: 503',
    transformations: 'request: { remove: [x-env] }',
  };
  for (const [kind, spec] of Object.entries(harmless)) {
    await gateway.reload(config(upstream.host, [], variants(kind, spec)));
    assert.equal(await status({}), 200, kind);
    assert.equal(gateway.metric('policy_expression_errors', { policy: kind }), 1, kind);
  }
});
