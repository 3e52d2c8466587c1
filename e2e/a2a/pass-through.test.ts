import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GetTaskRequest, SendMessageRequest } from '@a2a-js/sdk';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { send } from '../../testkit/client.ts';
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
    ['http://gw.example/agents/echo/a2a/rpc', 'http://gw.example/agents/echo/a2a/rest', 'gw.example:80'],
  );
  assert.equal(card.signatures, undefined);
  assert.equal(Number(reply.headers['content-length'] ?? reply.bytes.byteLength), reply.bytes.byteLength);
  for (const binding of ['JSONRPC', 'HTTP+JSON'] as const) {
    const client = await connect(base, binding);
    assert.ok('status' in (await client.sendMessage(hello())));
  }
  assert.equal((await send(gateway.port, { path: '/agents/echo/nothing' })).status, 404);
});
