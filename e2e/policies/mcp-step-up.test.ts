import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { TestIssuer } from '../../src/gateway/tokens/testing/issuer.ts';
import { eventually, send, type Reply } from '../../testkit/client.ts';
import { startMcpGateway, type McpGateway } from '../mcp/mcp-gateway.ts';
import { Person, startAuthorizationServer } from './mcp-sign-in.ts';

const program = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
const everything = `
- name: everything
  stdio: { cmd: node, args: [${program}, stdio] }`;

/** A gateway where everything takes `read`, and `get-sum`, `simple-prompt` and one resource take more. */
function start(t: TestContext, more: string, workers = 4): Promise<McpGateway> {
  const section = `policies:
    mcpAuthentication:
      audiences: [the-gateway]
      requiredScopes:
      - scopes: [read]
      - { scopes: [write], tools: [everything_get-sum], prompts: ["simple-*"], resources: ["*/architecture.md"] }
      ${more}`;
  return startMcpGateway(t, everything, {}, { workers, section });
}

const info = { name: 'e2e', version: '1' };

for (const mode of ['legacy', 'auto', { pin: '2026-07-28' }] as const) {
  const name = typeof mode === 'string' ? mode : mode.pin;
  test(`the official client (${name}) asks for more when a tool takes more, and keeps what it has`, async (t) => {
    await using server = await startAuthorizationServer('document');
    const gateway = await start(t, `issuer: ${server.issuer}\n      resourceMetadata: {}`);
    // A client that registers does so with the scopes that it knows of by then, and its server may hold it to them.
    const person = new Person('document');
    const first = new StreamableHTTPClientTransport(gateway.url, { authProvider: person });
    const options = { versionNegotiation: { mode } };
    await assert.rejects(new Client(info, options).connect(first), UnauthorizedError);
    await first.finishAuth(person.callback);

    const transport = new StreamableHTTPClientTransport(gateway.url, { authProvider: person });
    const client = new Client(info, options);
    await client.connect(transport);
    const { tools } = await client.listTools();
    assert.ok(tools.some((tool) => tool.name === 'get-sum'));
    await client.callTool({ name: 'echo', arguments: { message: 'hi' } });
    assert.deepEqual(person.asked, [['read']]);

    const sum = { name: 'get-sum', arguments: { a: 2, b: 3 } };
    await assert.rejects(client.callTool(sum), UnauthorizedError);
    assert.deepEqual(person.asked, [['read'], ['read', 'write']]);
    await transport.finishAuth(person.callback);
    assert.match(JSON.stringify(await client.callTool(sum)), /The sum of 2 and 3 is 5/);
    await client.getPrompt({ name: 'simple-prompt' });
    assert.equal(person.asked.length, 2);
    await client.close();
  });
}

const issuer = new TestIssuer();
issuer.addKey('k');
const keys = `issuer: "https://idp.test"
      jwks: ${JSON.stringify(issuer.keySet())}
      resourceMetadata: { resource: "https://mcp.test/mcp" }
      impliedScopes: { admin: [read, write] }`;

function token(scope: string): string {
  return issuer.token('k', { iss: 'https://idp.test', aud: 'the-gateway', sub: 'a', exp: 9e9, scope });
}

/** A request of one's own, without a session. */
function ask({ url }: McpGateway, scope: string | null, method: string, params: object): Promise<Reply> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': info,
  };
  const { name, uri } = params as { name?: string; uri?: string };
  const named = name ?? uri;
  return send(Number(url.port), {
    method: 'POST',
    path: '/mcp',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(named === undefined ? {} : { 'mcp-name': named }),
      ...(scope === null ? {} : { authorization: `Bearer ${token(scope)}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 7, method, params: { ...params, _meta } }),
  });
}

const metadata = 'resource_metadata="https://mcp.test/.well-known/oauth-protected-resource/mcp"';

/** The challenge for scopes that a token lacks. */
function stepUp(scope: string): string {
  const description = `error_description="this takes a token with the scope ${scope}"`;
  return `Bearer error="insufficient_scope", ${metadata}, scope="${scope}", ${description}`;
}

test('what takes more is refused by whichever name, and says everything that it takes', async (t) => {
  const gateway = await start(t, keys, 1);
  const sum = { arguments: { a: 2, b: 3 } };
  for (const name of ['get-sum', 'everything_get-sum']) {
    const refused = await ask(gateway, 'read', 'tools/call', { name, ...sum });
    assert.equal(refused.status, 403);
    assert.equal(refused.headers['www-authenticate'], stepUp('read write'));
    const { id, error } = JSON.parse(refused.text) as { id: number; error: { message: string } };
    assert.deepEqual([id, error.message], [7, 'Forbidden: this takes a token with the scope read write']);
    assert.equal((await ask(gateway, 'write read', 'tools/call', { name, ...sum })).status, 200);
  }
  assert.equal((await ask(gateway, 'admin', 'tools/call', { name: 'get-sum', ...sum })).status, 200);
  assert.equal((await ask(gateway, 'read', 'prompts/get', { name: 'simple-prompt' })).status, 403);
  const uri = 'demo://resource/static/document/architecture.md';
  assert.equal((await ask(gateway, 'read', 'resources/read', { uri })).status, 403);
  assert.equal((await ask(gateway, 'write read', 'resources/read', { uri })).status, 200);
  const page = await ask(gateway, 'read', 'tools/list', {});
  assert.match(page.text, /"get-sum"/);
});

test('in a session it is the same at every worker, whichever has the session', async (t) => {
  const gateway = await start(t, keys);
  const post = (scope: string, message: object, session = ''): Promise<Response> =>
    fetch(gateway.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${token(scope)}`,
        // Another connection, and so mostly another worker.
        connection: 'close',
        ...(session === '' ? {} : { 'mcp-session-id': session }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    });
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: info };
  const begun = await post('read', { id: 1, method: 'initialize', params });
  const session = begun.headers.get('mcp-session-id') ?? assert.fail('no session');
  await begun.text();
  const sum = { method: 'tools/call', params: { name: 'get-sum', arguments: { a: 2, b: 3 } } };
  for (let id = 2; id < 12; id++) {
    const refused = await post('read', { id, ...sum }, session);
    assert.deepEqual([refused.status, refused.headers.get('www-authenticate')], [403, stepUp('read write')]);
    assert.match(await refused.text(), new RegExp(`"id":${id},"error"`));
    const served = await post('read write', { id, ...sum }, session);
    assert.match(await served.text(), /The sum of 2 and 3 is 5/);
  }
  const lines = (): number => gateway.waygate.stdout().split('authorization.by="the scope read write"').length - 1;
  await eventually(() => lines() === 10, 'ten lines that say why');
});

test('what every request takes is asked for first, and of every request', async (t) => {
  const gateway = await start(t, keys, 1);
  const missing = await ask(gateway, null, 'tools/list', {});
  assert.deepEqual([missing.status, missing.headers['www-authenticate']], [401, `Bearer ${metadata}, scope="read"`]);
  const other = await ask(gateway, 'write', 'tools/list', {});
  assert.deepEqual([other.status, other.headers['www-authenticate']], [403, stepUp('read')]);
  const about = await send(Number(gateway.url.port), { path: '/.well-known/oauth-protected-resource/mcp' });
  assert.deepEqual((JSON.parse(about.text) as Record<string, unknown>)['scopes_supported'], ['read']);
});

test('where tokens are optional, what takes a scope takes a token', async (t) => {
  const section = `policies:
    mcpAuthentication:
      mode: optional
      audiences: [the-gateway]
      requiredScopes: [{ scopes: [write], tools: [get-sum] }]
      ${keys}`;
  const gateway = await startMcpGateway(t, everything, {}, { workers: 1, section });
  assert.equal((await ask(gateway, null, 'tools/call', { name: 'echo', arguments: { message: 'hi' } })).status, 200);
  const refused = await ask(gateway, null, 'tools/call', { name: 'get-sum', arguments: { a: 2, b: 3 } });
  assert.deepEqual([refused.status, refused.headers['www-authenticate']], [401, `Bearer ${metadata}, scope="write"`]);
});
