import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { test } from 'node:test';
import { GetTaskRequest, SendMessageRequest } from '@a2a-js/sdk';
import { message, text } from '../../src/base/protobuf/message.ts';
import { framed } from '../../src/net/grpc/framing.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { send, type Reply } from '../../testkit/client.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startGrpcService } from '../../testkit/grpc-service.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { connect, startAgent } from './agent.ts';

const hello = SendMessageRequest.fromJSON({
  message: { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'hello' }] },
});

const keys = `
    a2a: {}
    apiKey:
      mode: strict
      keys:
      - { key: key-of-ann, metadata: { groups: [staff] } }
      - { key: key-of-bob, metadata: { groups: [readers] } }`;

const cedar = `${keys}
    authorization:
      cedar:
        policies: |
          @id("card") permit(principal, action == Action::"a2a:GetAgentCard", resource == Agent::"only");
          @id("readers") permit(principal in Group::"readers", action == Action::"a2a:GetTask", resource in Agent::"only");
          @id("staff") permit(principal in Group::"staff", action in Action::"a2a", resource in Route::"default/only");
          @id("secret") forbid(principal, action, resource == Task::"only/secret");
          @id("no 0.3") forbid(principal, action == Action::"a2a:ListTasks", resource) when { context.a2a.version == "0.3" };`;

const as = (name: string): Readonly<Record<string, string>> => ({ authorization: `Bearer key-of-${name}` });

function post(gateway: TestGateway, name: string, body: unknown, path = '/'): Promise<Reply> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return send(gateway.port, {
    method: 'POST',
    path,
    body: text,
    headers: { ...as(name), 'content-type': 'application/json' },
  });
}

const rpc = (method: string, params: unknown = {}, id: unknown = 1): object => ({ jsonrpc: '2.0', id, method, params });

for (const binding of ['JSONRPC', 'HTTP+JSON'] as const) {
  test(`a policy of Cedar lets one client read tasks, but not send messages (${binding})`, async () => {
    await using agent = await startAgent();
    await using gateway = await startGateway(oneRoute(cedar, agent.host));
    const base = `http://127.0.0.1:${gateway.port}`;
    const [ann, bob] = await Promise.all([connect(base, binding, as('ann')), connect(base, binding, as('bob'))]);
    const task = await ann.sendMessage(hello);
    assert.ok('status' in task);
    const named = GetTaskRequest.fromJSON({ id: task.id });
    assert.equal((await bob.getTask(named)).id, task.id);
    await assert.rejects(bob.sendMessage(hello), /no policy of this route permits a2a:SendMessage on Agent .*only/);
    const stream = bob.sendMessageStream(hello);
    await assert.rejects(stream.next(), /no policy of this route permits a2a:SendStreamingMessage on Agent .*only/);
    await assert.rejects(bob.cancelTask({ ...named, metadata: {} }), /permits a2a:CancelTask on Task .*only\//);
    await assert.rejects(
      ann.getTask(GetTaskRequest.fromJSON({ id: 'secret' })),
      /permits a2a:GetTask on Task .*only\/secret/,
    );
    assert.equal(agent.seen.length, 4, 'two cards, a message, a task');
    const lines = await gateway.lines(8);
    assert.deepEqual(
      lines.slice(2).map((line) => [line['http.status'], line['waygate.authorization.by']]),
      [
        [200, 'staff'],
        [200, 'readers'],
        [403, 'no policy permits it'],
        [403, 'no policy permits it'],
        [403, 'no policy permits it'],
        [403, 'secret'],
      ],
    );
  });
}

test('refusals have the shape of each binding', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute(cedar, upstream.host));
  const refused = await post(gateway, 'bob', rpc('SendMessage', { message: {} }, 'x'));
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: 'authorizationFailed',
    domain: 'waygate',
  };
  const said = 'no policy of this route permits a2a:SendMessage on Agent "only" to this client';
  assert.equal(refused.status, 403);
  assert.deepEqual(JSON.parse(refused.text), {
    jsonrpc: '2.0',
    id: 'x',
    error: { code: -32600, message: said, data: [info] },
  });
  const rest = await post(gateway, 'bob', {}, '/message:send');
  assert.equal(rest.status, 403);
  assert.deepEqual(JSON.parse(rest.text), {
    error: { code: 403, status: 'PERMISSION_DENIED', message: said, details: [info] },
  });
  const nobody = await send(gateway.port, { method: 'POST', body: JSON.stringify(rpc('GetTask', { id: 't' })) });
  assert.equal(nobody.status, 401);
  assert.equal((JSON.parse(nobody.text) as { readonly jsonrpc: string }).jsonrpc, '2.0');
  assert.equal(upstream.requests.length, 0);
});

const unclear: readonly (readonly [what: string, body: string, path: string, status: number, code: number])[] = [
  ['a batch', JSON.stringify([rpc('ListTasks')]), '/', 400, -32600],
  ['no JSON', '{', '/', 400, -32700],
  ['an unknown method', JSON.stringify(rpc('tasks/send')), '/', 400, -32601],
  [
    'a method twice',
    '{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{"id":"t"},"Method":"SendMessage"}',
    '/',
    400,
    -32600,
  ],
  ['JSON-RPC at a path of REST', JSON.stringify(rpc('SendMessage', { message: {} })), '/tasks/t:cancel', 400, 400],
  ['a path that is no operation', '{"a":1}', '/tasks/%2e%2e/x', 400, 400],
];

for (const [authorizer, policies] of [
  ['Cedar', cedar],
  ['rules', `${keys}\n    authorization: { rules: [{ deny: 'has(a2a.method) && a2a.method == "CancelTask"' }] }`],
] as const) {
  test(`what cannot be told is refused where ${authorizer} decide, and passes where nobody asks`, async () => {
    await using upstream = await startUpstream();
    await using gateway = await startGateway(oneRoute(policies, upstream.host));
    for (const [what, body, path, status, code] of unclear) {
      const reply = await post(gateway, 'ann', body, path);
      const { error } = JSON.parse(reply.text) as { readonly error: { readonly code: number } };
      assert.deepEqual([reply.status, error.code], [status, code], what);
    }
    assert.equal((await send(gateway.port, { path: '/docs', headers: as('ann') })).status, 405);
    assert.equal(upstream.requests.length, 0);

    await gateway.reload(oneRoute('{ a2a: {} }', upstream.host));
    for (const [what, body, path] of unclear) {
      assert.equal((await post(gateway, 'ann', body, path)).status, 200, what);
      assert.equal(upstream.requests.at(-1)?.body.toString(), body);
    }
    assert.equal((await send(gateway.port, { path: '/docs' })).status, 200);
  });
}

test('rules name the method, the agent, the task and the rest', async () => {
  await using upstream = await startUpstream();
  const policies = `${keys}
    authorization:
      rules:
      - 'a2a.method == "GetTask" && a2a.taskId.startsWith("bob-") && a2a.version == "1.0" && a2a.binding == "JSONRPC"'
      - 'a2a.method == "SendMessage" && a2a.agent == "only" && a2a.contextId == "c" && a2a.role == "ROLE_USER" && !a2a.streaming'
      - deny: 'default(a2a.tenant, "") == "other"'`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const status = async (body: unknown, path?: string): Promise<number> =>
    (await post(gateway, 'bob', body, path)).status;
  const sent = { messageId: 'm', contextId: 'c', role: 'ROLE_USER' };
  assert.equal(await status(rpc('GetTask', { id: 'bob-1' })), 200);
  assert.equal(await status(rpc('GetTask', { id: 'ann-1' })), 403);
  assert.equal(await status(rpc('tasks/get', { id: 'bob-1' })), 403);
  assert.equal(await status(rpc('SendMessage', { message: sent })), 200);
  assert.equal(await status({ message: sent }, '/message:send'), 200);
  assert.equal(await status(rpc('SendMessage', { tenant: 'other', message: sent })), 403);
  assert.equal(await status(rpc('SendStreamingMessage', { message: sent })), 403);
  assert.equal(await status({ message: sent }, '/message:stream'), 403);
  const lines = await gateway.lines(8);
  assert.equal(lines[5]?.['waygate.authorization.by'], 'deny 3');
});

test('rules of a named backend know its agent by its name, and hold wherever it is used', async () => {
  await using upstream = await startUpstream();
  const config = `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
backends:
- name: billing
  host: "${upstream.host}"
  policies:
    a2a: {}
    authorization: { rules: ['a2a.agent == "billing" && a2a.method == "GetTask"'] }
routes:
- name: only
  backends: [{ backend: /billing }]
`;
  await using gateway = await startGateway(config);
  const status = async (body: unknown): Promise<number> => (await post(gateway, 'ann', body)).status;
  assert.equal(await status(rpc('GetTask', { id: 't' })), 200);
  assert.equal(await status(rpc('SendMessage', { message: {} })), 403);
  assert.equal(await status([]), 400);
  assert.equal(upstream.requests.length, 1);
});

test('Cedar policies of a backend decide beside those of its route', async () => {
  await using upstream = await startUpstream();
  const config = `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
backends:
- name: billing
  host: "${upstream.host}"
  policies:
    a2a: {}
    authorization: { cedar: { policies: 'permit(principal, action == Action::"a2a:GetTask", resource in Agent::"billing");' } }
routes:
- name: only
  policies:
    authorization: { cedar: { policies: 'permit(principal, action in Action::"a2a", resource);' } }
  backends: [{ backend: /billing }]
`;
  await using gateway = await startGateway(config);
  const status = async (body: unknown): Promise<number> => (await post(gateway, 'ann', body)).status;
  assert.equal(await status(rpc('GetTask', { id: 't' })), 200);
  assert.equal(await status(rpc('SendMessage', { message: {} })), 403);
  assert.equal(await status([]), 400);
  assert.equal(upstream.requests.length, 1);
});

test('which agent of several is asked is known once it is chosen', async () => {
  await using one = await startUpstream();
  await using other = await startUpstream();
  const allow = (agent: string): string => `{ authorization: { rules: ['a2a.agent == "${agent}"'] } }`;
  const config = `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
backends:
- { name: one, host: "${one.host}", policies: ${allow('one')} }
- { name: other, host: "${other.host}", policies: ${allow('one')} }
routes:
- name: only
  policies: { a2a: {} }
  backends: [{ backend: /one }, { backend: /other }]
`;
  await using gateway = await startGateway(config);
  const seen = new Set<string>();
  for (let i = 0; i < 200 && seen.size < 2; i++) {
    const { status } = await post(gateway, 'ann', rpc('ListTasks'));
    seen.add(`${status} ${one.requests.length > 0 || status === 403}`);
  }
  assert.deepEqual([...seen].toSorted(), ['200 true', '403 true']);
  assert.equal(other.requests.length, 0);
});

test('a body larger than the buffer is refused where policies decide, and passes where nobody asks', async () => {
  await using upstream = await startUpstream();
  const small = 'frontendPolicies: { http: { maxBufferSize: 1000 } }\n';
  await using gateway = await startGateway(oneRoute(cedar, upstream.host, small));
  const body = JSON.stringify(rpc('SendMessage', { message: { parts: [{ text: 'x'.repeat(5000) }] } }));
  assert.equal((await post(gateway, 'ann', body)).status, 413);
  await gateway.reload(oneRoute(`${keys}\n    authorization: { rules: ['has(a2a.method)'] }`, upstream.host, small));
  assert.equal((await post(gateway, 'ann', body)).status, 413);
  await gateway.reload(oneRoute('{ a2a: {} }', upstream.host, small));
  assert.equal((await post(gateway, 'ann', body)).status, 200);
  assert.equal(upstream.requests.at(-1)?.body.toString(), body);
});

test('calls of gRPC are decided by their path and by the task in their message', async () => {
  const request = message<{ readonly tenant?: string; readonly id?: string }>('GetTaskRequest', {
    tenant: text(1),
    id: text(2),
  });
  const reply = message<{ readonly id?: string }>('Task', { id: text(1) });
  const path = '/lf.a2a.v1.A2AService/GetTask';
  await using service = await startGrpcService({ path, request, reply }, (call, asked) => {
    if (asked !== null) call.reply({ id: asked.id ?? '' });
    else call.end();
  });
  await using gateway = await startGateway(oneRoute(cedar, service.host));
  const called = async (name: string, at: string, id: string): Promise<string> => {
    const session = http2.connect(`http://127.0.0.1:${gateway.port}`);
    const stream = session.request({
      ':method': 'POST',
      ':path': at,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...as(name),
    });
    let status = '';
    const see = (fields: http2.IncomingHttpHeaders): void => void (status = String(fields['grpc-status'] ?? status));
    stream.on('response', see);
    stream.on('trailers', see);
    stream.resume();
    stream.end(framed(request.encode({ id })));
    await new Promise((resolve, reject) => stream.on('error', reject).on('close', resolve));
    session.destroy();
    return status;
  };
  assert.equal(await called('bob', path, 'mine'), '0');
  assert.equal(await called('bob', path, 'secret'), '7');
  assert.equal(await called('bob', '/lf.a2a.v1.A2AService/SendMessage', ''), '7');
  assert.equal(await called('ann', '/grpc.health.v1.Health/Check', ''), '12');
  assert.deepEqual(
    service.calls.map(({ messages }) => messages),
    [[{ id: 'mine' }]],
  );
});
