/** Which header fields of clients reach servers, over sockets. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { TestIssuer } from '../../src/gateway/tokens/testing/issuer.ts';
import { eventually, send } from '../../testkit/client.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { modern, openSession, post, rpc } from './http-client.ts';
import { startRecordingServer, type RecordingServer, type ServerKind } from './recording-server.ts';

const limit = { timeout: 60_000 };
const kinds: readonly ServerKind[] = ['session', 'sse', 'modern'];

/** A gateway in front of one server of each kind; `more` is YAML of the section, `each` of every target. */
async function start(
  t: TestContext,
  { more = '', each = '' }: { readonly more?: string; readonly each?: string } = {},
): Promise<{ readonly gateway: TestGateway; readonly server: RecordingServer }> {
  const server = await startRecordingServer(t);
  const host = `http://127.0.0.1:${server.port}`;
  const gateway = await startGateway(`
mcp:
  port: $PORT
  prefixMode: always
${more}
  targets:
  - { name: session, mcp: { host: "${host}/session" }${each} }
  - { name: sse, sse: { host: "${host}/sse" }${each} }
  - { name: modern, mcp: { host: "${host}/modern" }${each} }
`);
  t.after(() => gateway.close());
  return { gateway, server };
}

const mine = {
  authorization: 'Bearer mine',
  cookie: 'sid=1; other=2',
  'x-tenant': 'acme',
  'x-api-key': 'k',
  'user-agent': 'me/1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'a=b',
  baggage: 'c=d',
  'mcp-param-zone': 'west',
};
const trace = ['traceparent', 'tracestate', 'baggage'] as const;

test('of a client of a session servers get the trace context of its calls, and nothing else', limit, async (t) => {
  const { gateway, server } = await start(t);
  const id = await openSession(gateway.port, '/mcp', mine);
  for (const kind of kinds) {
    const call = rpc('tools/call', { name: `${kind}_echo`, arguments: {} });
    const { message } = await post(gateway.port, '/mcp', call, { ...mine, 'mcp-session-id': id });
    assert.ok(message?.result, JSON.stringify(message));
    const { headers } = server.last(kind, 'tools/call') ?? assert.fail(kind);
    for (const name of trace) assert.equal(headers[name], mine[name], `${kind} ${name}`);
  }
  for (const { kind, method, verb, headers } of server.seen) {
    for (const name of ['authorization', 'cookie', 'x-tenant', 'x-api-key', 'user-agent', 'mcp-param-zone'] as const) {
      assert.equal(headers[name], undefined, `${kind} ${verb} ${method} ${name}`);
    }
    if (method !== 'tools/call') assert.equal(headers['traceparent'], undefined, `${kind} ${verb} ${method}`);
    assert.notEqual(headers['mcp-session-id'], id);
    assert.equal(headers['host'], `127.0.0.1:${server.port}`);
  }
});

test('what forwardHeaders names goes with every request for the client, and changes when it does', limit, async (t) => {
  const { gateway, server } = await start(t, { more: '  forwardHeaders: [X-Tenant]' });
  const id = await openSession(gateway.port, '/mcp', mine);
  const session = { 'mcp-session-id': id };
  for (const kind of kinds) {
    const call = rpc('tools/call', { name: `${kind}_echo` });
    await post(gateway.port, '/mcp', call, { ...mine, ...session, 'x-tenant': 'other' });
    assert.equal(server.last(kind, 'tools/call')?.headers['x-tenant'], 'other');
    const greeting = server.last(kind, kind === 'modern' ? 'server/discover' : 'initialize');
    assert.equal(greeting?.headers['x-tenant'], 'acme', kind);
  }
  assert.equal(server.last('sse', 'GET')?.headers['x-tenant'], 'acme');
  // A stream, and the end, go with the fields of the latest request.
  const abort = new AbortController();
  const stream = await fetch(`http://127.0.0.1:${gateway.port}/mcp`, {
    headers: { accept: 'text/event-stream', ...session, 'x-tenant': 'third' },
    signal: abort.signal,
  });
  assert.equal(stream.status, 200);
  await eventually(() => server.last('session', 'GET') !== undefined, 'the stream of the server');
  assert.equal(server.last('session', 'GET')?.headers['x-tenant'], 'third');
  await eventually(() => server.last('modern', 'subscriptions/listen') !== undefined, 'the listener');
  assert.equal(server.last('modern', 'subscriptions/listen')?.headers['x-tenant'], 'third');
  abort.abort();
  await stream.text().catch(() => '');
  await send(gateway.port, { method: 'DELETE', path: '/mcp', headers: session });
  await eventually(() => server.last('session', 'DELETE') !== undefined, 'the end of the session');
  for (const { headers } of server.seen) assert.equal(headers['authorization'], undefined);
});

test('a list that one client got is not shown to one whose fields servers see', limit, async (t) => {
  const { gateway, server } = await start(t, { more: '  forwardHeaders: [x-tenant]' });
  const list = async (headers: Record<string, string>): Promise<number> => {
    const before = server.seen.filter(({ method }) => method === 'tools/list').length;
    const { message } = await modern(gateway.port, '/mcp', 'tools/list', {}, headers);
    assert.ok(message?.result, JSON.stringify(message));
    return server.seen.filter(({ method }) => method === 'tools/list').length - before;
  };
  assert.equal(await list({ 'x-tenant': 'a' }), 3);
  assert.equal(await list({ 'x-tenant': 'b' }), 3);
  assert.deepEqual(
    server.seen
      .filter(({ method }) => method === 'tools/list')
      .map(({ headers }) => String(headers['x-tenant']))
      .toSorted((a, b) => a.localeCompare(b)),
    ['a', 'a', 'a', 'b', 'b', 'b'],
  );
  const id = await openSession(gateway.port, '/mcp', { 'x-tenant': 'a' });
  const again = async (tenant: string): Promise<void> => {
    const headers = { 'mcp-session-id': id, 'x-tenant': tenant };
    await post(gateway.port, '/mcp', rpc('tools/list'), headers);
  };
  await again('a');
  await again('c');
  assert.equal(server.last('session', 'tools/list')?.headers['x-tenant'], 'c');
  assert.equal(server.last('modern', 'tools/list')?.headers['x-tenant'], 'c');
});

test('credentials reach servers where passthrough says so, and no other', limit, async (t) => {
  const passthrough = ', policies: { backendAuth: { passthrough: {} } }';
  const { gateway, server } = await start(t, { each: passthrough });
  const id = await openSession(gateway.port, '/mcp', mine);
  await post(gateway.port, '/mcp', rpc('tools/list'), { ...mine, 'mcp-session-id': id });
  await modern(gateway.port, '/mcp', 'tools/list', {}, mine);
  assert.deepEqual(new Set(server.seen.map(({ kind }) => kind)), new Set(kinds));
  for (const { kind, verb, method, headers } of server.seen) {
    assert.equal(headers['authorization'], 'Bearer mine', `${kind} ${verb} ${method}`);
    assert.equal(headers['cookie'], undefined);
    assert.equal(headers['x-tenant'], undefined);
  }
});

test('with passthrough a server gets the token that was checked, not another bearer beside it', limit, async (t) => {
  const issuer = new TestIssuer();
  issuer.addKey('k');
  const token = issuer.token('k', { iss: 'i', sub: 'alice', exp: Math.floor(Date.now() / 1000) + 600 });
  const { gateway, server } = await start(t, {
    more: `  policies: { jwtAuth: { mode: strict, issuer: i, jwks: '${issuer.keySet()}', location: { cookie: { name: t } } } }`,
    each: ', policies: { backendAuth: { passthrough: {} } }',
  });
  await modern(gateway.port, '/mcp', 'tools/list', {}, { cookie: `t=${token}`, authorization: 'Bearer forged' });
  assert.deepEqual(new Set(server.seen.map(({ headers }) => headers['authorization'])), new Set([`Bearer ${token}`]));
});

test('of the cookies of a client a server gets the one that passthrough names', limit, async (t) => {
  const each = ', policies: { backendAuth: { passthrough: { location: { cookie: { name: sid } } } } }';
  const { gateway, server } = await start(t, { each });
  await modern(gateway.port, '/mcp', 'tools/list', {}, mine);
  for (const { headers } of server.seen) {
    assert.deepEqual([headers['cookie'], headers['authorization']], ['sid=1', undefined]);
  }
});

test('what fields say of arguments is checked, made anew, and passed on where nobody knows it', limit, async (t) => {
  const { gateway, server } = await start(t);
  const call = (kind: ServerKind, headers: Record<string, string | undefined>): ReturnType<typeof modern> =>
    modern(gateway.port, '/mcp', 'tools/call', { name: `${kind}_routed`, arguments: { region: 'eu' } }, headers);
  const fields = { 'mcp-param-region': 'eu', 'mcp-param-zone': 'west' };
  for (const kind of kinds) {
    const { status, message } = await call(kind, fields);
    assert.equal(status, 200, JSON.stringify(message));
    const { headers } = server.last(kind, 'tools/call') ?? assert.fail(kind);
    assert.equal(headers['mcp-param-zone'], 'west', kind);
    const era = [headers['mcp-method'], headers['mcp-name'], headers['mcp-param-region']];
    assert.deepEqual(era, kind === 'modern' ? ['tools/call', 'routed', 'eu'] : [undefined, undefined, undefined]);
    for (const wrong of ['us', undefined, '=?base64?!!?=']) {
      const refused = await call(kind, { ...fields, 'mcp-param-region': wrong });
      assert.deepEqual([refused.status, refused.message?.error?.code], [400, -32020], `${kind} ${wrong}`);
    }
  }
  await modern(gateway.port, '/mcp', 'prompts/get', { name: 'modern_greet' }, { 'mcp-param-zone': 'east' });
  assert.equal(server.last('modern', 'prompts/get')?.headers['mcp-param-zone'], 'east');
});

const section = (server: RecordingServer): string => `
  targets: [{ name: one, mcp: { host: "http://127.0.0.1:${server.port}/session" } }]
  allowedOrigins: ["https://app.test", "https://*.tools.test"]`;

test('web pages that may not use an endpoint get 403, on its path of either transport', limit, async (t) => {
  const server = await startRecordingServer(t);
  const gateway = await startGateway(`
gateways:
  everywhere: { port: $PORT }
  here: { port: $PORT1, address: ["127.0.0.1", "::1"] }
  named: { listeners: [{ name: n, hostname: mcp.test }], port: $PORT2, address: ["127.0.0.1"] }
mcp:
  gateways: [everywhere, here, named]${section(server)}
`);
  t.after(() => gateway.close());
  const [everywhere = 0, here = 0, named = 0] = gateway.ports;
  for (const [port, host, origin, allowed] of [
    [everywhere, 'mcp.test', undefined, true],
    [everywhere, 'mcp.test', 'https://mcp.test', true],
    [everywhere, 'mcp.test', 'https://evil.test', false],
    [everywhere, 'mcp.test', 'https://app.test', true],
    [everywhere, 'mcp.test', 'https://a.tools.test', true],
    [everywhere, 'mcp.test', 'null', false],
    [everywhere, 'localhost:3000', 'http://localhost:6274', true],
    [here, 'localhost', undefined, true],
    [here, 'localhost', 'http://localhost:6274', true],
    [here, 'localhost', 'https://app.test', true],
    [here, 'localhost', 'https://evil.test', false],
    [here, 'rebound.test', 'http://rebound.test', false],
    [here, 'rebound.test', undefined, false],
    [named, 'mcp.test', 'https://mcp.test', true],
    [named, 'mcp.test', 'https://evil.test', false],
  ] as const) {
    const headers = { host, ...(origin === undefined ? {} : { origin }) };
    const what = `${host} from ${origin}`;
    const asked = await modern(port, '/mcp', 'tools/list', {}, headers);
    assert.equal(asked.status, allowed ? 200 : 403, what);
    if (!allowed) assert.equal(asked.message?.id, null, asked.text);
    const older = await send(port, { method: 'POST', path: '/mcp/sse?sessionId=x', headers, body: '{}' });
    assert.equal(older.status, allowed ? 404 : 403, what);
    if (!allowed) assert.equal((await send(port, { path: '/mcp/sse', headers })).status, 403, what);
  }
  const elsewhere = await modern(named, '/mcp', 'tools/list', {}, { host: 'other.test' });
  assert.equal(elsewhere.status, 404, 'the listener has another name');
});

test('event streams are not held back by proxies, and are said to be events', limit, async (t) => {
  const { gateway } = await start(t);
  const id = await openSession(gateway.port, '/mcp');
  const at = `http://127.0.0.1:${gateway.port}/mcp`;
  const abort = new AbortController();
  const accept = { accept: 'text/event-stream' };
  for (const stream of [
    await fetch(at, { headers: { ...accept, 'mcp-session-id': id }, signal: abort.signal }),
    await fetch(`${at}/sse`, { headers: accept, signal: abort.signal }),
  ]) {
    assert.equal(stream.headers.get('content-type'), 'text/event-stream');
    assert.equal(stream.headers.get('x-accel-buffering'), 'no');
    assert.match(stream.headers.get('cache-control') ?? '', /no-cache/);
  }
  abort.abort();
});

test(
  'without sessions at the gateway, and over HTTP with SSE, each call goes with its own fields',
  limit,
  async (t) => {
    const each = '\n    policies: { backendAuth: { passthrough: { location: { header: { name: x-tenant } } } } }';
    const stateless = await start(t, { more: '  statefulMode: stateless\n  forwardHeaders: [x-api-key]' });
    for (const kind of kinds) {
      for (const key of ['k1', 'k2']) {
        const headers = { ...mine, 'x-api-key': key };
        await post(stateless.gateway.port, '/mcp', rpc('tools/call', { name: `${kind}_echo` }), headers);
        const seen = stateless.server.last(kind, 'tools/call')?.headers;
        assert.deepEqual([seen?.['x-api-key'], seen?.['traceparent']], [key, mine.traceparent], kind);
      }
    }
    const server = await startRecordingServer(t);
    const gateway = await startGateway(`
mcp:
  port: $PORT
  targets:
  - name: one
    mcp: { host: "http://127.0.0.1:${server.port}/session" }${each}
`);
    t.after(() => gateway.close());
    const abort = new AbortController();
    t.after(() => abort.abort());
    const stream = await fetch(`http://127.0.0.1:${gateway.port}/mcp/sse`, {
      headers: { accept: 'text/event-stream', 'x-tenant': 'at the stream' },
      signal: abort.signal,
    });
    const events = (stream.body ?? assert.fail('no stream')).pipeThrough(new TextDecoderStream()).getReader();
    const first = await events.read();
    const query = /data: (\S+)/.exec(first.value ?? '')?.[1] ?? assert.fail('no endpoint');
    const say = async (body: object, tenant: string): Promise<void> => {
      const { status } = await post(gateway.port, `/mcp/sse${query}`, body, { ...mine, 'x-tenant': tenant });
      assert.equal(status, 202);
    };
    const clientInfo = { name: 'older', version: '1' };
    await say(rpc('initialize', { protocolVersion: '2024-11-05', capabilities: {}, clientInfo }), 'greeting');
    await eventually(() => server.last('session', 'initialize') !== undefined, 'the handshake');
    await say({ jsonrpc: '2.0', method: 'notifications/initialized' }, 'confirming');
    await say(rpc('tools/call', { name: 'echo' }, 2), 'calling');
    await eventually(() => server.last('session', 'tools/call') !== undefined, 'the call');
    const tenant = (method: string): unknown => server.last('session', method)?.headers['x-tenant'];
    assert.deepEqual([tenant('initialize'), tenant('tools/call')], ['greeting', 'calling']);
    for (const { headers } of server.seen)
      assert.deepEqual([headers['authorization'], headers['cookie']], [undefined, undefined]);
  },
);
