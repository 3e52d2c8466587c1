import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { WebSocket, WebSocketServer } from 'ws';
import { eventually, send } from '../../testkit/client.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';

interface Provider {
  readonly url: string;
  readonly upgrades: http.IncomingMessage[];
  readonly sockets: WebSocket[];
  /** Messages from clients. */
  readonly said: string[];
}

/** A provider of Realtime sessions that would compress, greets, and answers each `response.create`. */
async function provider(t: TestContext): Promise<Provider> {
  const server = http.createServer((_request, response) => response.writeHead(404).end('{}'));
  const sessions = new WebSocketServer({ server, perMessageDeflate: true });
  const out: Provider = { url: '', upgrades: [], sockets: [], said: [] };
  sessions.on('connection', (socket, request) => {
    out.upgrades.push(request);
    out.sockets.push(socket);
    socket.send(JSON.stringify({ type: 'session.created', session: { model: 'gpt-realtime-1' } }));
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      out.said.push(text);
      if (!text.includes('response.create')) return;
      const usage = { total_tokens: 30, input_tokens: 20, output_tokens: 10 };
      const done = Buffer.from(JSON.stringify({ type: 'response.done', response: { status: 'completed', usage } }));
      socket.ping();
      socket.send(done.subarray(0, 20), { fin: false, binary: false });
      socket.send(done.subarray(20), { fin: true, binary: false });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sessions.clients) socket.terminate();
    server.close();
  });
  return { ...out, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function start(t: TestContext, models: string): Promise<TestGateway> {
  const gateway = await startGateway(`
gateways:
  default: { port: $PORT }
llm:
  models:${models}
`);
  t.after(() => gateway.close());
  return gateway;
}

/** The client always says `wss`; TLS would say nothing of the relay. */
const plain = (port: number) => (): net.Socket => net.connect(port, '127.0.0.1');

const model = (name: string, url: string, more = ''): string => `
  - name: ${name}
    provider: { custom: { formats: [{ type: realtime }] } }
    params: { baseUrl: "${url}/v1", apiKey: sk-gateway${more} }`;

test("OpenAI's client holds a session through the gateway, and its usage is that of the whole session", async (t) => {
  const up = await provider(t);
  const gateway = await start(t, model('voice', up.url, ', model: gpt-realtime'));
  const client = new OpenAI({ apiKey: 'client-key', baseURL: `http://127.0.0.1:${gateway.port}/v1` });
  const session = new OpenAIRealtimeWS({ model: 'voice', options: { createConnection: plain(gateway.port) } }, client);
  const done: unknown[] = [];
  session.on('response.done', (event) => done.push(event));
  await once(session.socket, 'open');
  session.send({ type: 'response.create' });
  await eventually(() => done.length === 1, 'the first response');
  session.send({ type: 'response.create' });
  await eventually(() => done.length === 2, 'the second response');
  assert.equal((await gateway.lines(0)).length, 0);
  session.close();
  const [line] = await gateway.lines(1);
  assert.equal(line?.['gen_ai.operation.name'], 'realtime');
  assert.equal(line['gen_ai.request.model'], 'voice');
  assert.equal(line['gen_ai.response.model'], 'gpt-realtime-1');
  assert.equal(line['gen_ai.usage.input_tokens'], 40);
  assert.equal(line['gen_ai.usage.output_tokens'], 20);
  assert.equal(line['http.status'], 101);
  const [upgrade] = up.upgrades;
  assert.equal(upgrade?.url, '/v1/realtime?model=gpt-realtime');
  assert.equal(upgrade.headers.authorization, 'Bearer sk-gateway');
  assert.equal(upgrade.headers['sec-websocket-extensions'], undefined);
  assert.equal(up.said.length, 2);
});

test('whoever leaves, the other side is closed too', async (t) => {
  const up = await provider(t);
  const gateway = await start(t, model('voice', up.url));
  const url = `ws://127.0.0.1:${gateway.port}/v1/realtime?model=voice`;
  const first = new WebSocket(url);
  await once(first, 'open');
  await eventually(() => up.sockets.length === 1, 'the session');
  first.terminate();
  await eventually(() => up.sockets[0]?.readyState === WebSocket.CLOSED, 'the provider hears of it');
  const second = new WebSocket(url);
  await once(second, 'open');
  await eventually(() => up.sockets.length === 2, 'the session');
  up.sockets[1]?.close(1001, 'bye');
  const [code] = (await once(second, 'close')) as [number];
  assert.equal(code, 1001);
  assert.equal((await gateway.lines(2)).length, 2);
});

test('a key that a browser sends as a protocol stays here', async (t) => {
  const up = await provider(t);
  const gateway = await start(t, model('voice', up.url));
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/v1/realtime?model=voice`, [
    'realtime',
    'openai-insecure-api-key.client-secret',
  ]);
  await once(socket, 'open');
  assert.equal(socket.protocol, 'realtime');
  assert.equal(up.upgrades[0]?.headers['sec-websocket-protocol'], 'realtime');
  socket.terminate();
  await gateway.lines(1);
});

test('a key in the query stays here, too', async (t) => {
  const up = await provider(t);
  const gateway = await start(t, model('voice', up.url));
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/v1/realtime?model=voice&api-key=k&key=k&intent=x`);
  await once(socket, 'open');
  assert.equal(up.upgrades[0]?.url, '/v1/realtime?model=voice&intent=x');
  socket.terminate();
  await gateway.lines(1);
});

test('a session takes of the tokens before it begins', async (t) => {
  const up = await provider(t);
  const limit =
    '\n  policies: { localRateLimit: [{ maxTokens: 1, tokensPerFill: 1, fillInterval: 24h, type: tokens }] }';
  const gateway = await start(t, model('voice', up.url) + limit);
  const url = `ws://127.0.0.1:${gateway.port}/v1/realtime?model=voice`;
  const first = new WebSocket(url);
  await once(first, 'open');
  const second = new WebSocket(url);
  const [, response] = (await once(second, 'unexpected-response')) as [unknown, http.IncomingMessage];
  assert.equal(response.statusCode, 429);
  response.destroy();
  assert.equal(up.upgrades.length, 1);
  first.terminate();
  await gateway.lines(2);
});

test('Azure of a dated version has the deployment in its query', async (t) => {
  const up = await provider(t);
  const gateway = await start(
    t,
    `
  - name: voice
    provider: azure
    params:
      azureResourceName: r
      azureResourceType: openAI
      azureApiVersion: 2025-04-01-preview
      baseUrl: "${up.url}"
      model: my-voice
      apiKey: azure-key`,
  );
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/v1/realtime?model=voice`);
  await once(socket, 'open');
  assert.equal(up.upgrades[0]?.url, '/openai/realtime?api-version=2025-04-01-preview&deployment=my-voice');
  assert.equal(up.upgrades[0].headers['api-key'], 'azure-key');
  socket.terminate();
  await gateway.lines(1);
});

test('an ai backend serves sessions on the path that its routes say', async (t) => {
  const up = await provider(t);
  const gateway = await startGateway(`
binds:
- port: $PORT
  listeners:
  - routes:
    - backends:
      - ai:
          name: voice
          hostOverride: "${up.url.replace('http://', '')}"
          provider: { openAI: { model: gpt-realtime } }
      policies:
        backendAuth: { key: sk-gateway }
        ai: { routes: { /v1/realtime: realtime, "*": passthrough } }
`);
  t.after(() => gateway.close());
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/v1/realtime?model=any`);
  await once(socket, 'open');
  assert.equal(up.upgrades[0]?.url, '/v1/realtime?model=gpt-realtime');
  assert.equal(up.upgrades[0].headers.authorization, 'Bearer sk-gateway');
  socket.terminate();
  await gateway.lines(1);
});

test('what is no session is refused', async (t) => {
  const up = await provider(t);
  const gateway = await start(t, model('voice', up.url) + '\n  - name: chat\n    provider: demo');
  assert.equal((await send(gateway.port, { path: '/v1/realtime?model=voice' })).status, 426);
  for (const [name, status] of [
    ['none', 404],
    ['chat', 400],
  ] as const) {
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/v1/realtime?model=${name}`);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, http.IncomingMessage];
    assert.equal(response.statusCode, status);
    response.destroy();
  }
  assert.equal(up.upgrades.length, 0);
});
