import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualLimits } from '../../limits.ts';
import { FakeServer, withTools, type FakeOptions } from '../../testdata/fake-target.ts';
import { makeEndpoint, memoryLog } from '../../testdata/fetch-harness.ts';
import { EventReader, RawClient } from '../../testdata/raw-client.ts';
import { TargetError } from '../../transports/transport.ts';
import { plainNaming } from '../names/names.ts';

type Options = Partial<Parameters<typeof makeEndpoint>[0]>;

interface ListResult {
  readonly tools: readonly { readonly name: string; readonly description?: string }[];
  readonly nextCursor?: string;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

async function open(servers: FakeServer[], options: Options = {}): Promise<RawClient> {
  const client = new RawClient(makeEndpoint({ targets: servers.map((server) => server.target), ...options }));
  await client.initialize();
  return client;
}

const list = async (client: RawClient, cursor?: string): Promise<ListResult> =>
  (await client.call<ListResult>('tools/list', cursor === undefined ? {} : { cursor })).result;

const names = (result: ListResult): string[] => result.tools.map((tool) => tool.name);

test('items are sorted within their target, whatever order it has them in', async () => {
  const a = new FakeServer('a', { answer: withTools('y', 'B', 'x') });
  const client = await open([a, new FakeServer('b', { answer: withTools('a') })], { prefixMode: 'onClash' });
  assert.deepEqual(names(await list(client)), ['B', 'x', 'y', 'a']);
});

test('a long list comes in pages, and a cursor is good at any worker until the list changes', async () => {
  let tools = ['a', 'b', 'c', 'd', 'e'];
  const server = new FakeServer('s', {
    capabilities: { tools: { listChanged: true } },
    answer: (message, self) => withTools(...tools)(message, self),
  });
  const client = await open([server], { pageSize: 2 });
  const other = await open([new FakeServer('s', { answer: withTools(...tools) })], { pageSize: 2 });
  const first = await list(client);
  const second = await list(other, first.nextCursor);
  const third = await list(client, second.nextCursor);
  assert.deepEqual([first, second, third].map(names), [['a', 'b'], ['c', 'd'], ['e']]);
  assert.equal(third.nextCursor, undefined);
  assert.doesNotMatch(first.nextCursor ?? '', /[^\w-]/);
  tools = ['a', 'b', 'c'];
  server.notify('notifications/tools/list_changed', {});
  for (const cursor of [first.nextCursor, 'x', '2', `${first.nextCursor?.slice(0, -2)}AA`, 7]) {
    assert.equal((await client.call('tools/list', { cursor })).error?.code, -32602);
  }
});

test('a cursor is not good in another backend, nor for another list', async () => {
  const answer: FakeOptions['answer'] = (message) => {
    const items = ['a', 'b', 'c'].map((name) => ({ name }));
    return message.method === 'tools/list' ? { tools: items } : { prompts: items };
  };
  const both = { capabilities: { tools: {}, prompts: {} }, answer };
  const client = await open([new FakeServer('s', both)], { pageSize: 1 });
  const other = await open([new FakeServer('s', both)], { pageSize: 1, key: 'other' });
  const { nextCursor: cursor } = await list(client);
  assert.equal((await other.call('tools/list', { cursor })).error?.code, -32602);
  assert.equal((await client.call('prompts/list', { cursor })).error?.code, -32602);
});

test('a target without end is cut at a hundred pages or ten thousand items', async () => {
  const { log, lines } = memoryLog();
  let page = 0;
  const endless = new FakeServer('s', { answer: () => ({ tools: [{ name: `t${page}` }], nextCursor: `${page++}` }) });
  assert.equal((await list(await open([endless], { log }))).tools.length, 100);
  const many = Array.from({ length: 10_001 }, (_, i) => ({ name: `t${i}` }));
  const big = new FakeServer('s', { answer: () => ({ tools: many }) });
  const client = await open([big], { log, pageSize: 20_000 });
  assert.equal((await list(client)).tools.length, 10_000);
  assert.ok(lines.some((line) => line.includes('more than 100 pages')));
  assert.ok(lines.some((line) => line.includes('more than 10000 items')));
});

test('what a target has leaves the lists when its connection is lost: clients are told, its names stay', async () => {
  const { log, lines } = memoryLog();
  const a = new FakeServer('a', { answer: withTools('x') });
  const b = new FakeServer('b', { answer: withTools('x', 'y') });
  const client = await open([b, a], { failOpen: true, prefixMode: 'onClash', log });
  assert.deepEqual(names(await list(client)), ['x', 'y', 'a_x']);
  const events = new EventReader(await client.get());
  b.broken = 'could not be reached: no';
  b.events?.lost(new TargetError('has ended'));
  assert.equal((await events.next())?.message['method'], 'notifications/tools/list_changed');
  const without = await list(client);
  // The name that is left does not move to where the other was.
  assert.deepEqual(names(without), ['a_x']);
  assert.deepEqual(without._meta, { 'waygate/degraded': ['b'] });
  const { result } = await client.call<{ isError: boolean; content: { text: string }[] }>('tools/call', { name: 'y' });
  assert.equal(result.isError, true);
  assert.match(result.content[0]?.text ?? '', /^MCP server "b" /);
  assert.ok(lines.some((line) => line.includes('has ended')));
  b.broken = null;
  // Asked for now and then, it is back without anybody calling it.
  assert.equal((await events.next())?.message['method'], 'notifications/tools/list_changed');
  assert.deepEqual(names(await list(client)), ['x', 'y', 'a_x']);
  await events.cancel();
});

test('a target that was gone before a session began keeps its names too', async () => {
  const a = new FakeServer('a', { answer: withTools('x') });
  const b = new FakeServer('b', { answer: withTools('x') });
  const endpoint = makeEndpoint({ targets: [a.target, b.target], failOpen: true, prefixMode: 'onClash' });
  const before = new RawClient(endpoint);
  await before.initialize();
  await list(before);
  a.broken = 'is gone';
  const later = new RawClient(endpoint);
  await later.initialize();
  assert.deepEqual(names(await list(later)), ['b_x']);
  const { result } = await later.call<{ content: { text: string }[] }>('tools/call', { name: 'x' });
  assert.equal(result.content[0]?.text, 'MCP server "a" is gone');
});

test('a slow target keeps nobody waiting, and is listed when it answers', async () => {
  const slow = Promise.withResolvers<void>();
  const a = new FakeServer('a', { answer: withTools('x') });
  const b = new FakeServer('b', {
    capabilities: { tools: {} },
    answer: async (message, self) => {
      await slow.promise;
      return withTools('y')(message, self);
    },
  });
  const limits = { ...usualLimits, slowTargetMs: 20 };
  const hit: (string | undefined)[] = [];
  const endpoint = makeEndpoint({ targets: [a.target, b.target], failOpen: true, limits });
  const client = new RawClient(endpoint, {
    record: ({ methodName, limit }) => {
      if (methodName === 'tools/list') hit.push(limit);
    },
  });
  await client.initialize();
  const events = new EventReader(await client.get());
  const without = await list(client);
  assert.deepEqual([names(without), without._meta], [['a_x'], { 'waygate/degraded': ['b'] }]);
  assert.deepEqual(names(await list(client)), ['a_x']);
  assert.equal(b.of('tools/list').length, 1);
  slow.resolve();
  assert.equal((await events.next())?.message['method'], 'notifications/tools/list_changed');
  assert.deepEqual(names(await list(client)), ['a_x', 'b_y']);
  assert.deepEqual(hit, ['slow_target', 'slow_target', undefined]);
  await events.cancel();
});

test('a target that is slow to greet does not hold up the session', async () => {
  const slow = Promise.withResolvers<void>();
  const a = new FakeServer('a', { answer: withTools('x') });
  const b = new FakeServer('b', { answer: withTools('y') });
  b.greeting = slow.promise;
  const client = await open([a, b], { failOpen: true, limits: { ...usualLimits, slowTargetMs: 20 } });
  assert.deepEqual(names(await list(client)), ['a_x']);
  slow.resolve();
  const { result } = await client.call<{ content: object[] }>('tools/call', { name: 'a_x' });
  assert.equal(result.content.length, 1);
});

test('with all targets dead a list is an error', async () => {
  const a = new FakeServer('a', { answer: withTools('x') });
  const b = new FakeServer('b', { answer: withTools('y') });
  const client = await open([a, b], { failOpen: true });
  await list(client);
  for (const server of [a, b]) {
    server.broken = 'is gone';
    server.events?.lost(new TargetError('is gone'));
  }
  const { error } = await client.call('tools/list');
  assert.deepEqual(error, { code: -32603, message: 'MCP server "a" is gone; "b" is gone' });
});

test('a call that fails makes its target be asked for its list again', async () => {
  const a = new FakeServer('a', {
    capabilities: { tools: { listChanged: true } },
    answer: (message, self) => {
      if (message.method !== 'tools/call') return withTools('x')(message, self);
      self.events?.failed(Number(message.id), new TargetError('could not be reached'));
      return undefined;
    },
  });
  const client = await open([a, new FakeServer('b', { answer: withTools('y') })], { failOpen: true });
  await list(client);
  await client.call('tools/call', { name: 'a_x' });
  assert.equal(a.of('tools/list').length, 2);
});

test('a long name is shown short and callable in both forms', async () => {
  const long = 'n'.repeat(80);
  const a = new FakeServer('a', { answer: withTools(long) });
  const { log, lines } = memoryLog();
  const naming = { ...plainNaming('conditional', ['a', 'b']), maxNameLength: 64 };
  const client = await open([a, new FakeServer('b', { answer: withTools('y') })], { naming, log });
  const [shown = ''] = names(await list(client));
  assert.match(shown, /^a_n{53}_[0-9a-f]{8}$/);
  for (const name of [shown, `a_${long}`]) await client.call('tools/call', { name });
  assert.deepEqual(
    a.of('tools/call').map(({ params }) => params?.['name']),
    [long, long],
  );
  assert.ok(lines.some((line) => line.includes('shown shortened')));
});

test('what is to be said of names is said once, also where each session has lists of its own', async () => {
  const long = 'n'.repeat(80);
  const a = new FakeServer('a', { answer: withTools(long) });
  const { log, lines } = memoryLog();
  const said = (): number => lines.filter((line) => line.includes('shown shortened')).length;
  const forward = { fields: ['x-tenant'], cookies: [] };
  const naming = { ...plainNaming('conditional', ['a']), maxNameLength: 64 };
  const endpoint = makeEndpoint({ targets: [{ ...a.target, forward }], naming, log });
  for (let n = 1; n <= 2; n++) {
    const client = new RawClient(endpoint);
    await client.initialize();
    await list(client);
  }
  assert.equal(a.of('tools/list').length, 2);
  assert.equal(said(), 1);
});

test('names of a target that is there before any client are looked at once it is', async () => {
  const a = new FakeServer('a', { answer: withTools('n'.repeat(80)) });
  const b = new FakeServer('b', { answer: withTools('y') });
  const { log, lines } = memoryLog();
  const naming = { ...plainNaming('conditional', ['a', 'b']), maxNameLength: 64 };
  const endpoint = makeEndpoint({ targets: [a.target, b.target], naming, log });
  await endpoint.preview('a');
  assert.ok(lines.some((line) => line.includes(`names of tools are too long and shown shortened`)));
  assert.deepEqual([a.closed, b.connections], [1, 0]);
  await endpoint.preview('a');
  assert.equal(lines.filter((line) => line.includes('shown shortened')).length, 1);
});

test('an alias is a name like any other, also of a single target', async () => {
  const a = new FakeServer('a', { answer: withTools('x') });
  const naming = { ...plainNaming('conditional', ['a']), aliases: [new Map([['x', 'better']])] };
  const client = await open([a], { naming });
  await client.call('tools/call', { name: 'better' });
  assert.deepEqual(names(await list(client)), ['better']);
  assert.equal(a.of('tools/call')[0]?.params?.['name'], 'x');
});

test('links into the web stay what a client can fetch, and can be read where they are listed', async () => {
  const uri = 'https://example.com/doc';
  const answers: Record<string, object> = {
    'resources/list': { resources: [{ uri, name: 'doc' }] },
    'resources/read': { contents: [] },
    'tools/list': { tools: [{ name: 'x' }] },
    'tools/call': { content: [{ type: 'resource_link', uri, name: 'doc' }] },
  };
  const capabilities = { tools: {}, resources: {} };
  const a = new FakeServer('a', { capabilities: { tools: {} } });
  const b = new FakeServer('b', { capabilities, answer: (message) => answers[message.method] });
  const client = await open([a, b]);
  const { result } = await client.call('resources/list');
  assert.deepEqual(result, { resources: [{ uri: `b+${uri}`, name: 'doc' }] });
  assert.deepEqual((await client.call('tools/call', { name: 'b_x' })).result, answers['tools/call']);
  for (const one of [uri, `b+${uri}`])
    assert.equal((await client.call('resources/read', { uri: one })).error, undefined);
  assert.deepEqual(
    b.of('resources/read').map(({ params }) => params?.['uri']),
    [uri, uri],
  );
});
