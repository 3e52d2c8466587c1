import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { McpEndpointOptions } from '../../endpoint.ts';
import { FakeServer, withTools, type FakeOptions } from '../../testdata/fake-target.ts';
import { makeEndpoint } from '../../testdata/fetch-harness.ts';
import { ModernClient } from '../../testdata/modern-client.ts';
import { EventReader, RawClient } from '../../testdata/raw-client.ts';

const watched = { tools: { listChanged: true } };

/** A server of 2026-07-28 whose list says this of its reuse, page by page. */
function modern(name: string, hints: object | object[], options: FakeOptions = {}): FakeServer {
  const pages = [hints].flat();
  return new FakeServer(name, {
    modern: true,
    hints: { ttlMs: 60_000, cacheScope: 'public' },
    answer(message, self) {
      if (message.method !== 'tools/list') return withTools()(message, self);
      const page = Number(message.params?.['cursor'] ?? 0);
      const next = page + 1 < pages.length ? { nextCursor: String(page + 1) } : {};
      return { resultType: 'complete', tools: [{ name: `${name}${page}` }], ...pages[page], ...next };
    },
    ...options,
  });
}

async function session(endpoint: ReturnType<typeof makeEndpoint>): Promise<RawClient> {
  const client = new RawClient(endpoint);
  await client.initialize();
  return client;
}

function endpointOf(servers: FakeServer[], options: Partial<McpEndpointOptions> = {}): ReturnType<typeof makeEndpoint> {
  return makeEndpoint({ targets: servers.map(({ target }) => target), failOpen: true, ...options });
}

const asked = (server: FakeServer): number => server.of('tools/list').length;

test('a list of a server with sessions is asked for each time, unless something tells of its changes', async () => {
  for (const [capabilities, hears, listTtlMs, times] of [
    [{ tools: {} }, true, 0, 3],
    [watched, false, 0, 3],
    [watched, true, 0, 1],
    [{ tools: {} }, false, 60_000, 1],
  ] as const) {
    const server = new FakeServer('a', { capabilities, answer: withTools('x') });
    server.hears = hears;
    const client = await session(endpointOf([server], { listTtlMs: [listTtlMs] }));
    for (let i = 0; i < 3; i++) await client.call('tools/list');
    assert.equal(asked(server), times, JSON.stringify([capabilities, hears, listTtlMs]));
  }
});

test('a stream that was opened again may have missed a change', async () => {
  const server = new FakeServer('a', { capabilities: watched, answer: withTools('x') });
  const client = await session(endpointOf([server]));
  await client.call('tools/list');
  server.restarts = 1;
  await client.call('tools/list');
  await client.call('tools/list');
  assert.equal(asked(server), 2);
});

test('a list that changed while it was on its way is asked for again', async () => {
  const held = Promise.withResolvers<void>();
  const server = new FakeServer('a', {
    capabilities: watched,
    answer: async (message, self) => {
      if (asked(self) === 1) await held.promise;
      return withTools('x')(message, self);
    },
  });
  const client = await session(endpointOf([server]));
  const first = client.call('tools/list');
  while (asked(server) === 0) await new Promise((resolve) => setImmediate(resolve));
  server.notify('notifications/tools/list_changed', {});
  held.resolve();
  await first;
  await client.call('tools/list');
  assert.equal(asked(server), 2);
});

test('each session has its own lists of a server with sessions; those of one without are asked for once', async () => {
  const older = new FakeServer('older', { capabilities: watched, answer: withTools('x') });
  const newer = modern('newer', { ttlMs: 60_000, cacheScope: 'private' });
  const endpoint = endpointOf([older, newer]);
  const clients = await Promise.all(Array.from({ length: 8 }, () => session(endpoint)));
  await Promise.all(clients.map((client) => client.call('tools/list')));
  assert.deepEqual([asked(older), asked(newer)], [8, 1]);
  // One session hears of a change, and what all had from the server is out of date.
  newer.notify('notifications/tools/list_changed', {});
  await Promise.all(clients.map((client) => client.call('tools/list')));
  assert.deepEqual([asked(older), asked(newer)], [8, 2]);
});

test('many requests of one session at once fan out once', async () => {
  const server = new FakeServer('a', { capabilities: { tools: {} }, answer: withTools('x') });
  const client = await session(endpointOf([server, modern('b', { ttlMs: 0, cacheScope: 'private' })]));
  await Promise.all(Array.from({ length: 8 }, () => client.call('tools/list')));
  assert.equal(asked(server), 1);
});

test('what one client got under its credential is none of another’s', async () => {
  const server = modern('a', { ttlMs: 60_000, cacheScope: 'private' });
  const forward = { fields: ['authorization'], cookies: [] };
  const client = new ModernClient(endpointOf([], { targets: [{ ...server.target, forward }] }));
  for (const authorization of ['Bearer a', 'Bearer b', 'Bearer a']) {
    await client.call('tools/list', {}, { headers: { authorization } });
  }
  assert.equal(asked(server), 2);
});

test('clients may keep a list as long as every part of it, and share it only if all parts may be', async () => {
  const everybody = { ttlMs: 60_000, cacheScope: 'public' };
  const hints = async (
    servers: FakeServer[],
    options: Partial<McpEndpointOptions> = {},
    method = 'tools/list',
  ): Promise<[number, unknown]> => {
    const { result } = await new ModernClient(endpointOf(servers, options)).call(method);
    return [Math.ceil(Number(result['ttlMs']) / 1000), result['cacheScope']];
  };
  const older = (): FakeServer => new FakeServer('o', { capabilities: watched, answer: withTools('x') });
  assert.deepEqual(await hints([modern('a', everybody)]), [60, 'public']);
  assert.deepEqual(await hints([modern('a', everybody)], { perCaller: true }), [60, 'private']);
  const shorter = { ttlMs: 9000, cacheScope: 'public' };
  assert.deepEqual(await hints([modern('a', everybody), modern('b', shorter)]), [9, 'public']);
  const own = { ttlMs: 20_000, cacheScope: 'private' };
  assert.deepEqual(await hints([modern('a', [everybody, own])]), [20, 'private']);
  assert.deepEqual(await hints([modern('a', everybody), older()]), [0, 'private']);
  const listTtlMs = [0, 30_000];
  assert.deepEqual(await hints([modern('a', everybody), older()], { listTtlMs }), [30, 'private']);
  assert.deepEqual(await hints([modern('a', everybody)], {}, 'server/discover'), [60, 'public']);
  assert.deepEqual(await hints([modern('a', everybody), older()], {}, 'server/discover'), [0, 'private']);
});

test('what a server says of a resource passes, but an answer to input is not to be kept', async () => {
  const contents = '"contents":[]';
  const kept = `{"resultType":"complete","ttlMs":5,"cacheScope":"public",${contents}}`;
  const server = new FakeServer('a', { modern: true, capabilities: { resources: {} }, answer: () => kept });
  const client = new ModernClient(endpointOf([server]));
  const read = async (params: object): Promise<unknown> =>
    ((await (await client.send('resources/read', { uri: 'f:///x', ...params })).json()) as { result: object }).result;
  assert.equal(JSON.stringify(await read({})), kept);
  const { ttlMs, cacheScope } = (await read({ requestState: 's' })) as { ttlMs: number; cacheScope: string };
  assert.deepEqual([ttlMs, cacheScope], [0, 'private']);
});

test('while a target is away everything is promised, since it may come back with it', async () => {
  const a = new FakeServer('a', { answer: withTools('x') });
  const prompts = { prompts: [{ name: 'p' }] };
  const b = new FakeServer('b', { capabilities: { prompts: {} }, answer: () => prompts });
  b.broken = 'is gone';
  const client = new RawClient(endpointOf([a, b]));
  const { capabilities } = await client.initialize();
  const listChanged = { listChanged: true };
  const lists = { tools: listChanged, prompts: listChanged, resources: listChanged };
  assert.deepEqual(capabilities, { ...lists, completions: {}, logging: {} });
  const events = new EventReader(await client.get());
  assert.deepEqual((await client.call<{ prompts: object[] }>('prompts/list')).result.prompts, []);
  b.broken = null;
  assert.equal((await events.next())?.message['method'], 'notifications/prompts/list_changed');
  assert.deepEqual((await client.call<{ prompts: object[] }>('prompts/list')).result.prompts, [{ name: 'b_p' }]);
  await events.cancel();
});
