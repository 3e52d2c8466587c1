import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startMcpGateway } from '../mcp/mcp-gateway.ts';

const program = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
const everything = `
- name: everything
  stdio: { cmd: node, args: [${program}, stdio] }`;

const policies = `policies:
    apiKey:
      mode: strict
      keys: [{ key: key-of-alice, metadata: { name: alice } }, { key: key-of-bob }]`;

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

test('a session belongs to who began it: with the key of another it is not there, on every worker', async (t) => {
  const gateway = await startMcpGateway(t, everything, {}, { workers: 4, section: policies });
  const call = (key: string | null, message: unknown, session?: string): Promise<Response> =>
    fetch(gateway.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(session === undefined ? {} : { 'mcp-session-id': session, 'mcp-protocol-version': '2025-06-18' }),
        // Another connection, and so mostly another worker.
        connection: 'close',
      },
      body: JSON.stringify(message),
    });
  const refused = await call(null, initialize);
  assert.equal(refused.status, 401);
  assert.equal(((await refused.json()) as { jsonrpc?: string }).jsonrpc, '2.0');

  const begun = await call('key-of-alice', initialize);
  assert.equal(begun.status, 200);
  await begun.text();
  const session = begun.headers.get('mcp-session-id') ?? '';
  assert.notEqual(session, '');
  await (await call('key-of-alice', { jsonrpc: '2.0', method: 'notifications/initialized' }, session)).text();
  const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' };
  for (let i = 0; i < 12; i++) {
    const own = await call('key-of-alice', list, session);
    assert.equal(own.status, 200);
    assert.match(await own.text(), /echo/);
    const stolen = await call('key-of-bob', list, session);
    assert.equal(stolen.status, 404);
    await stolen.text();
    assert.equal((await call(null, list, session)).status, 401);
  }
});
