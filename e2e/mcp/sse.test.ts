/** The older transport, HTTP with SSE, on both sides, with the official client and server of it. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test, type TestContext } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { CreateMessageRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { eventually } from '../../testkit/client.ts';
import { connectionPerRequest, startMcpGateway, type McpGateway } from './mcp-gateway.ts';
import { openRawSession } from './raw-session.ts';
import { startSseServer, type SseServer } from './sse-server.ts';

const limit = { timeout: 60_000 };

async function start(t: TestContext): Promise<{ gateway: McpGateway; server: SseServer }> {
  const server = await startSseServer(t);
  const program = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
  const gateway = await startMcpGateway(
    t,
    `
- name: older
  sse: { host: "${server.url}" }
- name: everything
  stdio: { cmd: "${process.execPath}", args: ["${program}"] }`,
  );
  return { gateway, server };
}

const textOf = (result: unknown): string =>
  (result as { content: { text?: string }[] }).content.map((part) => part.text ?? '').join('\n');

test(
  'an older client reaches an older server, and a newer one, whichever worker its messages come to',
  limit,
  async (t) => {
    const { gateway, server } = await start(t);
    const client = new Client({ name: 'e2e', version: '1' }, { capabilities: { sampling: {} } });
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      role: 'assistant',
      model: 'm',
      content: { type: 'text', text: 'sampled words' },
    }));
    let changes = 0;
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++);
    const transport = new SSEClientTransport(new URL(`${gateway.url.href}/sse`), {
      fetch: connectionPerRequest().fetch,
    });
    const errors: Error[] = [];
    client.onerror = (error) => void errors.push(error);
    await client.connect(transport);
    const tools = (await client.listTools()).tools.map((tool) => tool.name);
    for (const tool of ['shout', 'ask', 'echo']) assert.ok(tools.includes(tool), tool);
    for (let round = 0; round < 10; round++) {
      assert.equal(textOf(await client.callTool({ name: 'echo', arguments: { message: 'm' } })), 'Echo: m');
    }
    const steps: number[] = [];
    const onprogress = ({ progress }: { progress: number }): void => void steps.push(progress);
    const shouted = await client.callTool({ name: 'shout', arguments: { text: 'äh' } }, undefined, { onprogress });
    assert.equal(textOf(shouted), 'ÄH');
    assert.deepEqual(steps, [7]);
    assert.match(textOf(await client.callTool({ name: 'ask' })), /sampled words/);
    const read = await client.readResource({ uri: 'older://one' });
    assert.deepEqual(read.contents, [{ uri: 'older://one', text: 'first' }]);
    for (const one of server.sessions.values()) one.registerTool('late', {}, () => ({ content: [] }));
    await eventually(() => changes > 0, 'a change of the tools');
    assert.ok((await client.listTools()).tools.some((tool) => tool.name === 'late'));
    assert.equal(server.sessions.size, 1);
    assert.deepEqual(errors, []);
    await client.close();
    await eventually(() => server.sessions.size === 0, 'the end of the session at the server');
  },
);

test('a server of the older transport whose stream breaks is connected to anew', limit, async (t) => {
  const { gateway, server } = await start(t);
  const session = await openRawSession(gateway.url);
  const greet = async (): Promise<string> => (await session.call('greet')).text;
  assert.equal(await greet(), 'hello');
  server.cut();
  await eventually(async () => (await greet()) === 'hello', 'the server is back');
  assert.equal(server.sessions.size, 1);
  assert.equal(await session.delete(), 204);
  await eventually(() => server.sessions.size === 0, 'the end of the session at the server');
});

test('messages to a stream that is not there are refused', limit, async (t) => {
  const { gateway } = await start(t);
  const headers = { 'content-type': 'application/json' };
  const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
  const post = (query: string): Promise<Response> =>
    fetch(`${gateway.url.href}/sse?sessionId=${query}`, { method: 'POST', headers, body });
  assert.equal((await post('made-up')).status, 404);
  const abort = new AbortController();
  const stream = await fetch(`${gateway.url.href}/sse`, { signal: abort.signal });
  const reader = stream.body?.getReader();
  const first = Buffer.from((await reader?.read())?.value ?? []).toString();
  const id = /^event: endpoint\ndata: \?sessionId=([\w-]+)\n\n$/.exec(first)?.[1] ?? assert.fail(first);
  const bad = await fetch(`${gateway.url.href}/sse?sessionId=${id}`, { method: 'POST', headers, body: '{' });
  assert.equal(bad.status, 400);
  assert.equal((await post(id)).status, 400);
  abort.abort();
  await eventually(async () => (await post(id)).status === 404, 'the end of the stream');
});
