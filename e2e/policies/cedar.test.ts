import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

const keys = `
    apiKey:
      mode: optional
      keys:
      - { key: alice, metadata: { groups: [engineers], team: red, level: 3 } }
      - { key: bob, metadata: { roles: auditor, team: blue } }
      - { key: eve, metadata: { team: [red, blue], banned: true } }`;

const key = (name: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${name}` });

async function status(gateway: TestGateway, options: Parameters<typeof send>[1]): Promise<number> {
  return (await send(gateway.port, options)).status;
}

test('policies see who asks, what for and how; the log has what decided', async () => {
  await using upstream = await startUpstream();
  const policies = `${keys}
    authorization:
      cedar:
        policies: |
          @id("staff")
          permit(principal in Group::"staff", action, resource == Route::"default/only");
          @id("auditors read")
          permit(principal in Role::"auditor", action in Action::"http:read", resource in Gateway::"default/default");
          @id("own team")
          permit(principal is ApiKey, action == Action::"http:POST", resource)
          when { principal.hasTag("team") && principal.getTag("team").contains("red") }
          when { context.request.headers has "x-reason" && context.request.headers["x-reason"] like "ticket-*" };
          @id("public")
          permit(principal is Anonymous, action == Action::"http:GET", resource)
          when { context.request.path like "/public/*" && context.source.address.isLoopback() };
          @id("banned")
          forbid(principal, action, resource) when { principal.hasTag("banned") };
        schema: 'type Headers = { "x-reason"?: String };'
        entities:
        - { uid: { type: Group, id: engineers }, attrs: {}, parents: [{ type: Group, id: staff }] }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const asked: readonly (readonly [Parameters<typeof send>[1], number, string])[] = [
    [{ method: 'DELETE', path: '/x', headers: key('alice') }, 200, 'staff'],
    [{ path: '/x', headers: key('bob') }, 200, 'auditors read'],
    [{ method: 'POST', path: '/x', headers: key('bob') }, 403, 'no policy permits it'],
    [{ method: 'POST', path: '/x', headers: { ...key('alice'), 'x-reason': 'ticket-1' } }, 200, 'staff, own team'],
    [{ method: 'POST', path: '/x', headers: { ...key('eve'), 'x-reason': 'ticket-1' } }, 403, 'banned'],
    [{ path: '/public/a' }, 200, 'public'],
    [{ path: '/public' }, 403, 'no policy permits it'],
    [{ method: 'BREW', path: '/public/a' }, 403, 'no policy permits it'],
  ];
  for (const [request, expected] of asked) assert.equal(await status(gateway, request), expected);
  const lines = await gateway.lines(asked.length);
  assert.deepEqual(
    lines.map((line) => [
      line['http.status'],
      line['waygate.authorization.decision'],
      line['waygate.authorization.by'],
    ]),
    asked.map(([, expected, by]) => [expected, expected === 200 ? 'allow' : 'deny', by]),
  );
  assert.equal(upstream.requests.length, asked.filter(([, expected]) => expected === 200).length);
});

test('a refusal says what was asked for, and no more', async () => {
  const policies = `{ authorization: { cedar: { policies: 'forbid(principal, action, resource);' } } }`;
  await using gateway = await startGateway(oneRoute(policies, '127.0.0.1:1'));
  const { status: refused, text } = await send(gateway.port, { path: '/a' });
  assert.equal(refused, 403);
  assert.match(text, /no policy of this route permits http:GET on Route .*default\/only.* to this client/);
  assert.doesNotMatch(text, /forbid|line/);
});

test('a forbid that fails refuses, a permit that fails does not permit; both are counted', async () => {
  await using upstream = await startUpstream();
  const policies = `${keys}
    authorization:
      cedar:
        schema: 'type KeyMetadata = { level: Long, groups: Set<String> };'
        policies: |
          @id("all") permit(principal, action, resource);
          @id("extra") permit(principal is ApiKey, action, resource) when { principal.metadata.level > 1 };
          @id("low") forbid(principal is ApiKey, action == Action::"http:PUT", resource) when { principal.metadata.level < 2 };`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  assert.equal(await status(gateway, { method: 'PUT', headers: key('alice') }), 200);
  assert.equal(gateway.metric('policy_expression_errors'), 0);
  assert.equal(await status(gateway, { headers: key('bob') }), 200);
  assert.equal(await status(gateway, { method: 'PUT', headers: key('bob') }), 403);
  assert.ok(gateway.metric('policy_expression_errors', { policy: 'authorization.cedar' }) >= 2);
  assert.match(gateway.diagnostics.join('\n'), /the request is refused.*rule="forbid low".*there is no attribute/);
  assert.equal((await gateway.lines(3))[2]?.['waygate.authorization.by'], 'low (failed)');
});

test('rules and policies must both allow, at all levels together, and before routing', async () => {
  await using upstream = await startUpstream();
  const cedar = (policies: string): string => `{ cedar: { policies: '${policies}' } }`;
  const text = `
policies:
- name: { name: all, namespace: default }
  target: { gateway: { gatewayName: default, gatewayNamespace: default } }
  policy:
    authorization: ${cedar('forbid(principal, action, resource) when { context.request.path == "/never" };')}
gateways:
  default:
    port: $PORT
    address: ["127.0.0.1"]
    authorization: ${cedar('permit(principal, action, resource is Gateway) unless { context.request.path == "/early" };')}
routes:
- name: only
  policies:
    authorization:
      rules: [{ deny: 'request.path == "/rule"' }]
      cedar: { policies: 'permit(principal, action, resource is Route);' }
  backends: [{ host: "${upstream.host}" }]
`;
  await using gateway = await startGateway(text);
  for (const [path, expected] of [
    ['/', 200],
    ['/never', 403],
    ['/early', 403],
    ['/rule', 403],
  ] as const) {
    assert.equal(await status(gateway, { path }), expected, path);
  }
});

test('decisions are steps of a trace', async () => {
  await using upstream = await startUpstream();
  const policies = `{ authorization: { cedar: { policies: '@id("p") permit(principal, action, resource);' } } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  gateway.plane.trace([{ id: 1, expression: null }]);
  assert.equal(await status(gateway, {}), 200);
  const found = gateway.traced.find(({ step }) => step === 'decision');
  assert.deepEqual([found?.['action'], found?.['outcome'], found?.['by']], ['http:GET', 'allow', 'p']);
});
