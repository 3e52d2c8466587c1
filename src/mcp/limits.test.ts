import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { McpLimits } from '../model/mcp.ts';
import type { McpEndpoint } from './endpoint.ts';
import { mcpLimits, usualLimits } from './limits.ts';
import type { McpRecord } from './record.ts';
import { FakeServer, withTools, type FakeOptions } from './testdata/fake-target.ts';
import { makeEndpoint } from './testdata/fetch-harness.ts';
import { ModernClient } from './testdata/modern-client.ts';
import { EventReader, RawClient } from './testdata/raw-client.ts';
import { isDeeperThan, isTextDeeperThan } from './wire/depth.ts';

interface Limited {
  readonly endpoint: McpEndpoint;
  /** The limits that requests hit which are recorded with `record`. */
  readonly hit: string[];
  record(record: McpRecord): void;
}

/** An endpoint with other limits than usual. */
function endpointOf(server: FakeServer, limits: Partial<McpLimits>): Limited {
  const hit: string[] = [];
  const endpoint = makeEndpoint({ targets: [server.target], limits: { ...usualLimits, ...limits } });
  return {
    endpoint,
    hit,
    record({ limit }) {
      if (limit !== undefined) hit.push(limit);
    },
  };
}

/** A session with such an endpoint. */
async function open(
  server: FakeServer,
  limits: Partial<McpLimits>,
  params: object = {},
): Promise<Limited & { readonly client: RawClient }> {
  const limited = endpointOf(server, limits);
  const client = new RawClient(limited.endpoint, limited);
  await client.initialize(params);
  return { ...limited, client };
}

/** A server that answers no call, and has a resource that it does not send. */
function silent(): FakeServer {
  return new FakeServer('a', {
    capabilities: { tools: {}, resources: {} },
    answer(message, self) {
      if (message.method === 'resources/list') return { resources: [{ name: 'r', uri: 'f:///1' }] };
      return ['tools/call', 'resources/read'].includes(message.method) ? undefined : withTools('x')(message, self);
    },
  });
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
  for (const deep of [
    (json: string): boolean => isDeeperThan(Buffer.from(json), 2),
    (json: string): boolean => isTextDeeperThan(json, 2),
  ]) {
    assert.equal(deep('[[],[],{}]'), false);
    assert.equal(deep('[[[]]]'), true);
    assert.equal(deep(String.raw`["[[[{\"[[", {"a\\":"{{"}]`), false);
    assert.equal(deep(String.raw`["[[[{\\", {"a\\":{"b":[]}}]`), true);
  }
});

test('a message of a server that is too deep is an error of the call, and other messages go on', async () => {
  const depths = [10, 11, 10];
  const deep = (depth: number): string => `{"content":[],"a":${'['.repeat(depth - 2)}${']'.repeat(depth - 2)}}`;
  const answer: FakeOptions['answer'] = (message, self) => {
    if (message.method !== 'tools/call') return withTools('x')(message, self);
    self.notify('notifications/message', { data: JSON.parse(deep(20)) as unknown }, Number(message.id));
    return deep(depths.shift() ?? 2);
  };
  const { client, hit } = await open(new FakeServer('a', { answer }), { maxServerDepth: 10 });
  const call = (): Promise<{ result: { isError?: boolean } }> => client.call('tools/call', { name: 'x' });
  assert.equal((await call()).result.isError, undefined);
  assert.match(JSON.stringify(await call()), /deeper than 10 levels.*"isError":true/);
  assert.equal((await call()).result.isError, undefined);
  assert.deepEqual(hit, ['server_message_depth']);
});

test('pages and items of a target are bounded', async () => {
  let page = 0;
  const answer = (): object => ({ tools: [{ name: `t${page}a` }, { name: `t${page}b` }], nextCursor: `${page++}` });
  const list = async (limits: Partial<McpLimits>): Promise<[number, ...string[]]> => {
    const { client, hit } = await open(new FakeServer('a', { answer }), limits);
    const { result } = await client.call<{ tools: object[] }>('tools/list');
    return [result.tools.length, ...hit];
  };
  assert.deepEqual(await list({ maxPages: 3 }), [6, 'pages']);
  assert.deepEqual(await list({ maxItems: 5 }), [5, 'items']);
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

const elicitation = { capabilities: { elicitation: {} } };

/** A server without sessions that asks the client before it answers a call. */
function asking(requests: object = { q: { method: 'elicitation/create', params: { message: 'm' } } }): FakeServer {
  return new FakeServer('a', {
    modern: true,
    answer: (message, self) =>
      message.method === 'tools/call'
        ? { resultType: 'input_required', inputRequests: requests, requestState: 's' }
        : withTools('x')(message, self),
  });
}

test('a call has a hard end', async () => {
  const server = silent();
  const { client, hit } = await open(server, { callMaxMs: 30, callsPerTarget: 1 });
  for (const calls of [1, 2]) {
    assert.match(await (await client.send('tools/call', { name: 'x' })).text(), /took longer than/);
    assert.deepEqual(
      hit,
      Array.from({ length: calls }, () => 'call_timeout'),
    );
    assert.equal(server.of('notifications/cancelled').length, calls);
  }
});

test('a question that the client never answers ends with its call', async () => {
  const { client, hit } = await open(asking(), { callMaxMs: 60, callsPerTarget: 1 }, elicitation);
  for (const calls of [1, 2]) {
    const events = new EventReader(await client.send('tools/call', { name: 'x' }));
    const question = (await events.next())?.message;
    assert.equal(question?.['method'], 'elicitation/create');
    const end = (await events.next())?.message;
    assert.deepEqual([end?.['method'], end?.params?.['requestId']], ['notifications/cancelled', question['id']]);
    assert.match(JSON.stringify((await events.next())?.message), /took longer than/);
    assert.deepEqual(
      hit,
      Array.from({ length: calls }, () => 'call_timeout'),
    );
  }
});

test('all rounds of a call have one end', async () => {
  const server = asking({});
  const { client, hit } = await open(server, { callMaxMs: mcpLimits.inputPauseMs + 100 });
  assert.match(await (await client.send('tools/call', { name: 'x' })).text(), /took longer than/);
  assert.equal(server.of('tools/call').length, 2);
  assert.deepEqual(hit, ['call_timeout']);
});

test('a client that ends its session while it is asked leaves no call behind', async () => {
  const server = asking();
  const { client, endpoint } = await open(server, { callsPerTarget: 1 }, elicitation);
  const events = new EventReader(await client.send('tools/call', { name: 'x' }));
  assert.equal((await events.next())?.message['method'], 'elicitation/create');
  await client.delete();
  while ((await events.next()) !== null);
  const next = new RawClient(endpoint);
  await next.initialize(elicitation);
  const again = new EventReader(await next.send('tools/call', { name: 'x' }));
  assert.equal((await again.next())?.message['method'], 'elicitation/create');
});

test('limits of calls hold for clients without sessions, too, with the errors of their revision', async () => {
  const cases: [string, Partial<McpLimits>, RegExp][] = [
    ['calls_per_target', { callsPerTarget: 1 }, /too many requests in flight/],
    ['call_idle', { callIdleMs: 30 }, /made no progress for/],
    ['call_timeout', { callMaxMs: 30 }, /took longer than/],
  ];
  for (const [limit, limits, said] of cases) {
    const server = silent();
    const { endpoint, hit, record } = endpointOf(server, limits);
    const client = new ModernClient(endpoint, { record });
    if (limit === 'calls_per_target') {
      void client.send('tools/call', { name: 'x' });
      while (server.of('tools/call').length < 1) await new Promise((resolve) => setImmediate(resolve));
    }
    const tool = await client.call('tools/call', { name: 'x' });
    assert.deepEqual([tool.status, tool.result['resultType'], tool.result.isError], [200, 'complete', true]);
    assert.match(tool.result.content?.[0]?.text ?? '', said);
    const resource = await client.call('resources/read', { uri: 'f:///1' });
    assert.deepEqual([resource.status, resource.error?.code], [200, -32603]);
    assert.match(resource.error?.message ?? '', said);
    assert.deepEqual(hit, [limit, limit]);
    assert.equal(server.of('notifications/cancelled').length, limit === 'calls_per_target' ? 0 : 2);
  }
});
