/** Sessions and clients of 2026-07-28 whose requests reach any of several workers. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { eventually } from '../../testkit/client.ts';
import { connectionPerRequest, type McpGateway, startMcpGateway } from './mcp-gateway.ts';
import { openRawSession } from './raw-session.ts';
import { startHttpServer } from './real/http-server.ts';
import { startRemoteServer } from './remote-server.ts';

const limit = { timeout: 90_000 };
const uris = ['demo://resource/dynamic/text/1', 'demo://resource/dynamic/text/2'];

interface Hearing {
  readonly client: Client;
  readonly heard: string[];
}

/** A client whose every request may reach another worker. */
async function connect(t: TestContext, url: URL, name: string): Promise<Hearing> {
  const client = new Client({ name, version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  const heard: string[] = [];
  client.fallbackNotificationHandler = async ({ method, params }) => {
    if (method === 'notifications/resources/updated') heard.push(String(params?.['uri']));
  };
  await client.connect(new StreamableHTTPClientTransport(url, { fetch: connectionPerRequest().fetch }));
  t.after(() => client.close());
  return { client, heard };
}

test(
  'updates that the server tells one session reach listeners at all workers, also after the loss of one',
  limit,
  async (t) => {
    const server = await startHttpServer(t, 'streamableHttp');
    const gateway = await startMcpGateway(
      t,
      `- name: everything\n  mcp: { host: "${server.url}" }`,
      { WAYGATE_TEST_FAULTS: '1' },
      { workers: 3 },
    );
    // That twelve connections all reach the worker of the call does not happen.
    const listeners = await Promise.all(Array.from({ length: 12 }, (_, i) => connect(t, gateway.url, `listener ${i}`)));
    for (const { client } of listeners) await client.listen({ resourceSubscriptions: uris });
    const caller = await connect(t, gateway.url, 'caller');
    const { content } = await caller.client.callTool({ name: 'toggle-subscriber-updates', arguments: {} });
    assert.match(JSON.stringify(content), /Started/);
    const allHear = (hearing: readonly Hearing[]) => (): boolean =>
      hearing.every(({ heard }) => uris.every((uri) => heard.includes(uri)));
    await eventually(allHear(listeners), 'the updates at every listener');

    gateway.waygate.child.kill('SIGUSR2');
    await gateway.waygate.says('a worker was replaced');
    const later = await Promise.all(Array.from({ length: 12 }, (_, i) => connect(t, gateway.url, `later ${i}`)));
    for (const { client } of later) await client.listen({ resourceSubscriptions: uris });
    // Of the sessions that live on, the one that sends updates may be toggled to silence: again, and it sends.
    const again = async (): Promise<boolean> => {
      const reply = await caller.client.callTool({ name: 'toggle-subscriber-updates', arguments: {} });
      return JSON.stringify(reply.content).includes('Started');
    };
    if (!(await again())) await eventually(again, 'a session that begins to send updates');
    await eventually(allHear(later), 'the updates at every later listener');
  },
);

test('calls with large arguments and results come back whole, whichever worker they reach', limit, async (t) => {
  const server = await startRemoteServer(t);
  const gateway = await startMcpGateway(t, `- { name: r, mcp: { host: "${server.url}" } }`);
  const client = new Client({ name: 'large', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(gateway.url, { fetch: connectionPerRequest().fetch }));
  t.after(() => client.close());
  // Another worker than the session's gets most of them.
  for (let i = 0; i < 12; i++) {
    const { content } = await client.callTool({ name: 'shout', arguments: { text: 'é'.repeat(200_000) } });
    assert.deepEqual(content, [{ type: 'text', text: 'É'.repeat(200_000) }]);
  }
});

test('what a limit ends in the middle of a stream is logged and counted, whichever worker has it', limit, async (t) => {
  const target = await startSilentServer(t);
  const gateway = await startMcpGateway(
    t,
    `- { name: r, mcp: { host: "${target}" } }`,
    {},
    { section: 'limits: { callIdle: 300ms, maxMessageSize: 65536 }' },
  );
  const client = new Client({ name: 'patient', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(gateway.url, { fetch: connectionPerRequest().fetch }));
  t.after(() => client.close());
  const heard: number[] = [];
  const calls = Array.from({ length: 12 }, async (_, i) => {
    const onprogress = (): void => void heard.push(i);
    await assert.rejects(client.getPrompt({ name: 'work' }, { onprogress }), /made no progress/);
  });
  await Promise.all(calls);
  assert.equal(new Set(heard).size, 12);
  await eventually(
    async () => (await gateway.metric('mcp_limit_rejections_total', 'limit="call_idle"')) === 12,
    'the count',
  );
  const lines = (): readonly string[] => logged(gateway, 'prompts/get');
  await eventually(() => lines().length >= 12, 'the calls in the access log');
  for (const line of lines()) assert.match(line, /mcp\.error\.code=-32603 /);

  for (let i = 0; i < 12; i++) {
    await assert.rejects(client.getPrompt({ name: 'work', arguments: { text: 'x'.repeat(70_000) } }), /65536|64/);
  }
  const tooLarge = async (): Promise<boolean> =>
    (await gateway.metric('mcp_limit_rejections_total', 'limit="message_size"')) === 12;
  await eventually(tooLarge, 'the count of large messages');
});

test('what workers tell each other of a client is nothing that a log may show', limit, async (t) => {
  const remote = await startRemoteServer(t);
  const gateway = await startMcpGateway(
    t,
    `- { name: r, mcp: { host: "${remote.url}" } }`,
    {},
    {
      section: 'policies: { apiKey: { keys: [{ key: key-of-alice }] } }',
      sections: 'frontendPolicies: { accessLog: { add: { fields: request.headers } } }',
    },
  );
  const session = await openRawSession(gateway.url, {}, { authorization: 'Bearer key-of-alice', 'x-mine': 'logged' });
  // Another worker than the session's gets most of them.
  for (let i = 0; i < 12; i++) assert.equal((await session.send('tools/list', {})).status, 200);
  const lines = (): readonly string[] => logged(gateway, 'tools/list');
  await eventually(() => lines().length >= 12, 'the requests in the access log');
  for (const line of lines()) {
    assert.match(line, /logged/);
    assert.doesNotMatch(line, /waygate-peer/);
  }
});

/** Lines of the access log that hold `text`. */
function logged({ waygate }: McpGateway, text: string): readonly string[] {
  return waygate
    .stdout()
    .split('\n')
    .filter((line) => line.includes(text));
}

/** A server with one prompt, about which it reports progress once, and then nothing. */
async function startSilentServer(t: TestContext): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method !== 'POST') return response.writeHead(405).end();
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString()) as {
      readonly id?: number;
      readonly method: string;
      readonly params?: { readonly _meta?: { readonly progressToken?: unknown } };
    };
    if (id === undefined) return response.writeHead(202).end();
    if (method === 'prompts/get') {
      const told = { progressToken: params?._meta?.progressToken, progress: 1 };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return response.write(
        `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: told })}\n\n`,
      );
    }
    const serverInfo = { name: 'silent', version: '1' };
    const result =
      method === 'initialize'
        ? { protocolVersion: '2025-11-25', capabilities: { prompts: {} }, serverInfo }
        : { prompts: [{ name: 'work' }] };
    response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 's' });
    return response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}
