import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GetTaskRequest, SendMessageRequest } from '@a2a-js/sdk';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { send } from '../../testkit/client.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { connect, startAgent } from './agent.ts';

const hello = (taskId = ''): SendMessageRequest =>
  SendMessageRequest.fromJSON({
    message: { messageId: crypto.randomUUID(), role: 'ROLE_USER', taskId, parts: [{ text: 'hello' }] },
  });

for (const [binding, path] of [
  ['JSONRPC', '/a2a/rpc'],
  ['HTTP+JSON', '/a2a/rest'],
] as const) {
  test(`the official client and server meet through the gateway (${binding})`, async () => {
    await using agent = await startAgent();
    await using gateway = await startGateway(oneRoute('{ a2a: {} }', agent.host));
    const client = await connect(`http://127.0.0.1:${gateway.port}`, binding);
    const sent = await client.sendMessage(hello());
    assert.ok('status' in sent, JSON.stringify(sent));
    const kinds: string[] = [];
    for await (const event of client.sendMessageStream(hello())) kinds.push(event.payload?.$case ?? '');
    assert.deepEqual(kinds, ['task', 'artifactUpdate', 'statusUpdate']);
    assert.equal((await client.getTask(GetTaskRequest.fromJSON({ id: sent.id }))).id, sent.id);

    const lines = await gateway.lines(4);
    assert.deepEqual(
      lines.map((line) => [
        line['protocol'],
        line['a2a.method'],
        line['a2a.response.outcome'],
        line['a2a.result.kind'],
      ]),
      [
        ['a2a', 'GetAgentCard', 'success', undefined],
        ['a2a', 'SendMessage', 'success', 'task'],
        ['a2a', 'SendStreamingMessage', 'success', 'status-update'],
        ['a2a', 'GetTask', 'success', 'task'],
      ],
    );
    for (const line of lines.slice(1)) {
      assert.equal(line['a2a.task.state'], 'TASK_STATE_COMPLETED');
      assert.match(String(line['a2a.context.id']), /^[0-9a-f-]{36}$/);
      assert.ok(String(line['http.path']).startsWith(path));
    }
    assert.equal(agent.seen.length, 4, 'no request went past the gateway');
  });
}

test('a card names the gateway, with the prefix of its route in place of what the agent has there', async () => {
  await using agent = await startAgent();
  const config = `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
routes:
- name: echo
  matches: [{ path: { pathPrefix: /agents/echo } }]
  policies: { a2a: {}, urlRewrite: { path: { prefix: / } } }
  backends: [{ host: "${agent.host}" }]
`;
  await using gateway = await startGateway(config);
  const base = `http://127.0.0.1:${gateway.port}/agents/echo`;
  const reply = await send(gateway.port, {
    path: '/agents/echo/.well-known/agent-card.json',
    headers: { host: 'gw.example', 'accept-encoding': 'gzip', 'x-forwarded-host': 'evil.example' },
  });
  const card = JSON.parse(reply.text) as {
    readonly supportedInterfaces: readonly { readonly url: string }[];
    readonly signatures?: unknown;
  };
  assert.deepEqual(
    card.supportedInterfaces.map(({ url }) => url),
    [
      'http://gw.example/agents/echo/a2a/rpc',
      'http://gw.example/agents/echo/a2a/rest',
      'http://gw.example/agents/echo/a2a/rpc',
      'http://gw.example/agents/echo/a2a/rest',
      'gw.example:80',
    ],
  );
  assert.equal(card.signatures, undefined);
  assert.equal(Number(reply.headers['content-length'] ?? reply.bytes.byteLength), reply.bytes.byteLength);
  for (const binding of ['JSONRPC', 'HTTP+JSON'] as const) {
    const client = await connect(base, binding);
    assert.ok('status' in (await client.sendMessage(hello())));
  }
  assert.equal((await send(gateway.port, { path: '/agents/echo/nothing' })).status, 404);
});

test('clients of version 0.3 are known by their methods and paths', async () => {
  await using agent = await startAgent();
  await using gateway = await startGateway(oneRoute('{ a2a: {} }', agent.host));
  const message = { messageId: 'm', role: 'user', kind: 'message', parts: [{ kind: 'text', text: 'hello' }] };
  const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const headers = { 'content-type': 'application/json' };
    const { text } = await send(gateway.port, { method: 'POST', path, headers, body: JSON.stringify(body) });
    return JSON.parse(text) as Record<string, unknown>;
  };
  const sent = await post('/a2a/rpc', { jsonrpc: '2.0', id: 1, method: 'message/send', params: { message } });
  const { id, kind } = sent['result'] as { readonly id: string; readonly kind: string };
  assert.equal(kind, 'task');
  await post('/a2a/rpc', { jsonrpc: '2.0', id: 2, method: 'tasks/get', params: { id: 'none' } });
  assert.equal((await send(gateway.port, { path: `/a2a/rest/v1/tasks/${id}` })).status, 200);
  const lines = await gateway.lines(3);
  assert.deepEqual(
    lines.map((line) => [
      line['a2a.method'],
      line['a2a.response.outcome'],
      line['a2a.response.error_code'],
      line['a2a.task.state'],
    ]),
    [
      ['SendMessage', 'success', undefined, 'completed'],
      ['GetTask', 'error', -32001, undefined],
      ['GetTask', 'success', undefined, 'TASK_STATE_COMPLETED'],
    ],
  );
});

const backendCard = { name: 'A', url: 'http://10.0.0.7/rpc', signatures: [{}] };
const shownCard = { name: 'A', url: 'https://gw.example/rpc' };

test('cards are shown wherever they are asked for, by the scheme that a policy says', async () => {
  await using upstream = await startUpstream((request, response) => {
    const card = JSON.stringify(
      request.method === 'POST' ? { jsonrpc: '2.0', id: 1, result: backendCard } : backendCard,
    );
    response.writeHead(200, { 'content-type': 'application/json', etag: '"1"', 'content-length': card.length });
    response.end(card);
  });
  const policies = `{ a2a: {}, transformations: { request: { set: { ":scheme": '"https"' } } } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const headers = { host: 'gw.example', 'accept-encoding': 'gzip, br', range: 'bytes=0-1' };
  for (const path of ['/.well-known/agent-card.json', '/.well-known/agent.json', '/v1/card', '/t/extendedAgentCard']) {
    const reply = await send(gateway.port, { path, headers });
    assert.deepEqual(JSON.parse(reply.text), shownCard, path);
    assert.equal(reply.headers.etag, 'W/"1"');
    const seen = upstream.requests.at(-1)?.headers;
    assert.deepEqual([seen?.['accept-encoding'], seen?.range], ['identity', undefined]);
  }
  for (const method of ['GetExtendedAgentCard', 'agent/getAuthenticatedExtendedCard']) {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method });
    const reply = await send(gateway.port, { method: 'POST', path: '/rpc', headers, body });
    assert.deepEqual(JSON.parse(reply.text), { jsonrpc: '2.0', id: 1, result: shownCard });
  }
  assert.equal((await send(gateway.port, { method: 'HEAD', path: '/.well-known/agent.json', headers })).status, 200);
});

test('what is no card passes as it came; one that cannot be read is no answer', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('{ a2a: {} }', upstream.host));
  const asked = async (status: number, type: string, body: string, more = {}): Promise<readonly unknown[]> => {
    upstream.answer((_request, response) => response.writeHead(status, { 'content-type': type, ...more }).end(body));
    const reply = await send(gateway.port, { path: '/.well-known/agent-card.json' });
    return [reply.status, reply.text];
  };
  const card = JSON.stringify(backendCard);
  assert.deepEqual(await asked(404, 'application/json', card), [404, card]);
  assert.deepEqual(await asked(200, 'text/html', card), [200, card]);
  assert.deepEqual(await asked(200, 'application/json', '{"url":'), [200, '{"url":']);
  assert.deepEqual(await asked(200, 'application/json', '[1, 2]'), [200, '[1, 2]']);
  assert.deepEqual(await asked(200, 'application/json', ' { "name": 1.0 }'), [200, ' { "name": 1.0 }']);
  assert.equal((await asked(200, 'application/json', card, { 'content-encoding': 'gzip' }))[0], 502);
});
