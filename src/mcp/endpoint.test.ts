import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer, withTools } from './testdata/fake-target.ts';
import { makeEndpoint } from './testdata/fetch-harness.ts';
import { RawClient } from './testdata/raw-client.ts';
import type { McpRecord } from './record.ts';

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };

function endpointWith(...servers: FakeServer[]): ReturnType<typeof makeEndpoint> {
  return makeEndpoint({ targets: servers.map((server) => server.target) });
}

test('a session opens with initialize, lives by its id and ends with DELETE', async () => {
  const server = new FakeServer('a', { answer: withTools('x') });
  const client = new RawClient(endpointWith(server));
  const result = await client.initialize();
  assert.equal(result['protocolVersion'], '2025-11-25');
  assert.deepEqual(result['serverInfo'], { name: 'waygate', version: '0.0.0' });
  assert.match(client.session, /^[\x21-\x7e]+$/);
  assert.deepEqual(await client.call('ping'), { jsonrpc: '2.0', id: 100, result: {} });
  assert.equal((await client.delete()).status, 204);
  assert.equal(server.closed, 1);
  for (const response of [await client.post(ping), await client.get(), await client.delete()]) {
    assert.equal(response.status, 404);
  }
});

test('what is not a request of the transport is refused', async () => {
  const client = new RawClient(endpointWith(new FakeServer('a')));
  await client.initialize();
  const status = async (response: Promise<Response>): Promise<number> => (await response).status;
  assert.equal(await status(client.post(ping, { accept: 'application/json' })), 406);
  assert.equal(await status(client.post(ping, { accept: '*/*' })), 200);
  assert.equal(await status(client.get({ accept: 'application/json' })), 406);
  assert.equal(await status(client.post(ping, { 'content-type': 'text/plain' })), 415);
  assert.equal(await status(client.post(ping, { 'content-type': 'Application/JSON; charset=utf-8' })), 200);
  assert.equal(await status(client.post(ping, { 'mcp-protocol-version': '2026-07-28' })), 400);
  assert.equal(await status(client.post(ping, { 'mcp-protocol-version': '2025-06-18' })), 200);
  assert.equal(await status(client.fetch('http://localhost/mcp', { method: 'PUT' })), 405);
  const fresh = new RawClient(endpointWith(new FakeServer('a')));
  assert.equal(await status(fresh.post(ping)), 400);
  assert.equal(await status(fresh.get()), 400);
  assert.equal(await status(fresh.post(ping, { 'mcp-session-id': 'x'.repeat(59) })), 404);
});

test('what is not a message is answered with its JSON-RPC error', async () => {
  const client = new RawClient(endpointWith(new FakeServer('a')));
  await client.initialize();
  for (const [body, code] of [
    ['{', -32700],
    ['1', -32600],
    ['{}', -32600],
    ['[]', -32600],
    ['{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600],
    ['{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32600],
    ['{"jsonrpc":"2.0","id":1,"result":{},"error":{}}', -32600],
    [JSON.stringify([ping]), -32600],
  ] as const) {
    const response = await client.post(body);
    assert.equal(response.status, 400, body);
    const answer = (await response.json()) as { id: null; error: { code: number } };
    assert.deepEqual([answer.id, answer.error.code], [null, code], body);
  }
  const unknown = await client.call('no/such');
  assert.equal(unknown.error?.code, -32601);
  const again = await client.call('initialize', {});
  assert.equal(again.error?.code, -32600);
});

test('the client gets the revision that it asked for when we know it, else the latest', async () => {
  for (const [asked, got] of [
    ['2024-11-05', '2024-11-05'],
    ['2025-03-26', '2025-03-26'],
    ['2025-06-18', '2025-06-18'],
    ['2030-01-01', '2025-11-25'],
  ]) {
    const client = new RawClient(endpointWith(new FakeServer('a')));
    const result = await client.initialize({ protocolVersion: asked });
    assert.equal(result['protocolVersion'], got);
  }
});

test('batches are for clients of 2025-03-26', async () => {
  const server = new FakeServer('a', { answer: withTools('x') });
  const client = new RawClient(endpointWith(server));
  await client.initialize({ protocolVersion: '2025-03-26' });
  const big =
    '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"x","arguments":{"n":12345678901234567890}}}';
  const response = await client.post(`[${JSON.stringify(ping)}, ${big}, {"jsonrpc":"2.0","method":"notifications/x"}]`);
  assert.equal(response.status, 200);
  const text = await response.text();
  const answers = JSON.parse(text) as { id: number }[];
  assert.deepEqual(
    answers.map((answer) => answer.id),
    [1, 2],
  );
  assert.match(text, /12345678901234567890/);
  const silent = await client.post([{ jsonrpc: '2.0', method: 'notifications/x' }]);
  assert.equal(silent.status, 202);
});

test('notifications and responses are taken with 202', async () => {
  const client = new RawClient(endpointWith(new FakeServer('a')));
  await client.initialize();
  const response = await client.notify('notifications/anything');
  assert.deepEqual([response.status, await response.text()], [202, '']);
  assert.equal((await client.post({ jsonrpc: '2.0', id: 77, result: {} })).status, 202);
});

test('when there are too many sessions the idle give way, and the busy do not', async () => {
  const endpoint = makeEndpoint({ targets: [new FakeServer('a').target], maxSessions: 1 });
  const first = new RawClient(endpoint);
  await first.initialize();
  const hit: unknown[] = [];
  const second = new RawClient(endpoint, { record: ({ limit }) => void hit.push(limit) });
  const response = await second.send('initialize', { protocolVersion: '2025-11-25' });
  assert.equal(response.status, 503);
  assert.deepEqual(hit, ['sessions']);
  assert.equal((await first.post(ping)).status, 200);
});

test('records say what was asked of which target', async () => {
  const records: McpRecord[] = [];
  const endpoint = endpointWith(
    new FakeServer('a', { answer: withTools('x') }),
    new FakeServer('b', { answer: withTools('y') }),
  );
  const client = new RawClient(endpoint, { record: (record) => records.push(record) });
  await client.initialize();
  await client.call('tools/call', { name: 'a_x' });
  await client.call('tools/call', { name: 'nope' });
  await client.call('made/up');
  const [opened, , call, unknown, madeUp] = records;
  assert.ok(opened !== undefined && call !== undefined);
  assert.partialDeepStrictEqual(opened, {
    methodName: 'initialize',
    target: '',
    resourceType: '',
    resourceName: '',
    sessionId: client.session,
  });
  assert.partialDeepStrictEqual(call, {
    methodName: 'tools/call',
    target: 'a',
    resourceType: 'tool',
    resourceName: 'x',
    sessionId: client.session,
  });
  assert.equal(call.reply?.kind, 'result');
  for (const { sentMs, answeredMs } of [opened, call]) assert.ok(sentMs > 0 && answeredMs >= sentMs);
  assert.deepEqual([unknown?.errorCode, unknown?.resourceName], [-32602, '']);
  assert.equal(madeUp?.methodName, 'unknown');
});

test('closing the endpoint ends sessions and refuses new ones', async () => {
  const server = new FakeServer('a');
  const endpoint = endpointWith(server);
  const client = new RawClient(endpoint);
  await client.initialize();
  const stream = await client.get();
  endpoint.close();
  assert.equal((await stream.text()).includes('data: {'), false);
  assert.equal(server.closed, 1);
  assert.equal((await client.post(ping)).status, 503);
});

test('without sessions every request greets the targets that it needs', async () => {
  const a = new FakeServer('a', { answer: withTools('x') });
  const b = new FakeServer('b', { answer: withTools('y') });
  const endpoint = makeEndpoint({ targets: [a.target, b.target], stateful: false });
  const client = new RawClient(endpoint);
  const result = await client.initialize({ capabilities: { roots: {} } });
  assert.deepEqual(result['capabilities'], { tools: {} });
  assert.equal(client.session, '');
  assert.equal((await client.get()).status, 405);
  assert.equal((await client.fetch('http://localhost/mcp', { method: 'DELETE' })).status, 405);
  assert.equal((await client.notify('notifications/initialized')).status, 202);
  const before = [a.connections, b.connections];
  const call = await client.call<{ content: { text: string }[] }>('tools/call', { name: 'b_y', arguments: { q: 1 } });
  assert.equal(call.result.content[0]?.text, '{"name":"y","arguments":{"q":1}}');
  assert.deepEqual([a.connections, b.connections], [before[0], (before[1] ?? 0) + 1]);
  assert.deepEqual(b.of('initialize').at(-1)?.params?.['capabilities'], {});
  assert.equal(a.closed + b.closed, a.connections + b.connections);
});

test('without sessions a bare name is looked up once for a while, not for every call', async () => {
  const a = new FakeServer('a', { answer: withTools('x') });
  const b = new FakeServer('b', { answer: withTools('y') });
  const endpoint = makeEndpoint({ targets: [a.target, b.target], stateful: false, prefixMode: 'onClash' });
  const client = new RawClient(endpoint);
  for (let i = 0; i < 3; i++) assert.ok((await client.call('tools/call', { name: 'y' })).result);
  assert.deepEqual([a.of('tools/list').length, b.of('tools/list').length], [1, 1]);
  assert.deepEqual([a.connections, b.connections], [1, 3]);
});
