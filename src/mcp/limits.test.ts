import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { McpLimits } from '../model/mcp.ts';
import { usualLimits } from './limits.ts';
import type { McpRecord } from './record.ts';
import { FakeServer, withTools } from './testdata/fake-target.ts';
import { makeEndpoint } from './testdata/fetch-harness.ts';
import { RawClient } from './testdata/raw-client.ts';
import { isDeeperThan } from './wire/depth.ts';

interface Opened {
  readonly client: RawClient;
  readonly hit: string[];
}

/** A session whose endpoint has other limits than usual, and the limits that its requests hit. */
async function open(server: FakeServer, limits: Partial<McpLimits>): Promise<Opened> {
  const hit: string[] = [];
  const record = ({ limit }: McpRecord): void => {
    if (limit !== undefined) hit.push(limit);
  };
  const endpoint = makeEndpoint({ targets: [server.target], limits: { ...usualLimits, ...limits } });
  const client = new RawClient(endpoint, { record });
  await client.initialize();
  return { client, hit };
}

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };

async function unharmed(client: RawClient): Promise<void> {
  assert.deepEqual((await client.call('ping')).result, {});
}

test('a message that is too large is refused, the session unharmed', async () => {
  const { client, hit } = await open(new FakeServer('a'), { maxMessageBytes: 500 });
  const response = await client.post({ ...ping, params: { text: 'x'.repeat(500) } });
  assert.equal(response.status, 413);
  assert.match(await response.text(), /"code":-32600,"message":"Content Too Large: a message may have 500 bytes"/);
  assert.deepEqual(hit, ['message_size']);
  await unharmed(client);
});

test('a message that is too deep is refused before it is parsed, the session unharmed', async () => {
  const { client, hit } = await open(new FakeServer('a'), { maxDepth: 8 });
  const response = await client.post({ ...ping, params: { a: JSON.parse('['.repeat(7) + ']'.repeat(7)) as unknown } });
  assert.equal(response.status, 400);
  assert.match(await response.text(), /"code":-32600,"message":"Invalid Request: deeper than 8 levels"/);
  assert.deepEqual(hit, ['message_depth']);
  await unharmed(client);
});

test('depth counts what is open at once, and nothing inside of strings', () => {
  const deep = (json: string): boolean => isDeeperThan(Buffer.from(json), 2);
  assert.equal(deep('[[],[],{}]'), false);
  assert.equal(deep('[[[]]]'), true);
  assert.equal(deep(String.raw`["[[[{\"[[", {"a\\":"{{"}]`), false);
});

test('pages and items of a target are bounded', async () => {
  let page = 0;
  const answer = (): object => ({ tools: [{ name: `t${page}a` }, { name: `t${page}b` }], nextCursor: `${page++}` });
  const names = async (limits: Partial<McpLimits>): Promise<number> => {
    const { client } = await open(new FakeServer('a', { answer }), limits);
    return (await client.call<{ tools: object[] }>('tools/list')).result.tools.length;
  };
  assert.equal(await names({ maxPages: 3 }), 6);
  assert.equal(await names({ maxItems: 5 }), 5);
});

test('calls of a session and to a target are bounded, and one that ends makes room', async () => {
  const bounds = {
    callsPerSession: ['calls_per_session', /too many requests/],
    callsPerTarget: ['calls_per_target', /too many requests/],
  } as const;
  for (const [key, [name, said]] of Object.entries(bounds)) {
    const server = new FakeServer('a', {
      answer: (message, self) => (message.method === 'tools/call' ? undefined : withTools('x')(message, self)),
    });
    const { client, hit } = await open(server, { [key]: 2 });
    const waiting = [1, 2].map(() => client.call('tools/call', { name: 'x' }));
    while (server.of('tools/call').length < 2) await new Promise((resolve) => setImmediate(resolve));
    assert.match(await (await client.send('tools/call', { name: 'x' })).text(), said);
    assert.deepEqual(hit, [name]);
    for (const message of server.of('tools/call')) server.reply(message, { content: [] });
    await Promise.all(waiting);
    const again = client.call('tools/call', { name: 'x' });
    while (server.of('tools/call').length < 3) await new Promise((resolve) => setImmediate(resolve));
    for (const message of server.of('tools/call').slice(2)) server.reply(message, { content: [] });
    assert.deepEqual((await again).result, { content: [] });
  }
});

test('a call without progress is ended at its server, one with progress goes on', async () => {
  const server = new FakeServer('a', {
    answer: (message, self) => (message.method === 'tools/call' ? undefined : withTools('x')(message, self)),
  });
  const { client, hit } = await open(server, { callIdleMs: 60 });
  const params = { name: 'x', _meta: { progressToken: 't' } };
  const silent = await (await client.send('tools/call', params)).text();
  assert.match(silent, /made no progress for/);
  assert.match(silent, /"isError":true/);
  assert.deepEqual(hit, ['call_idle']);
  assert.equal(server.of('notifications/cancelled').length, 1);
  const lively = client.send('tools/call', params);
  while (server.of('tools/call').length < 2) await new Promise((resolve) => setImmediate(resolve));
  const call = server.of('tools/call')[1] ?? assert.fail();
  for (let step = 1; step <= 6; step++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.notify('notifications/progress', { progressToken: Number(call.id), progress: step });
  }
  server.reply(call, { content: [] });
  assert.match(await (await lively).text(), /"result":\{"content":\[\]\}/);
});

test('a call has a hard end', async () => {
  const server = new FakeServer('a', {
    answer: (message, self) => (message.method === 'tools/call' ? undefined : withTools('x')(message, self)),
  });
  const { client } = await open(server, { callMaxMs: 30 });
  assert.match(await (await client.send('tools/call', { name: 'x' })).text(), /did not answer within/);
});
