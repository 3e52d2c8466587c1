import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer, RpcFailure, withTools, type FakeOptions } from '../testdata/fake-target.ts';
import { makeEndpoint } from '../testdata/fetch-harness.ts';
import { ModernClient } from '../testdata/modern-client.ts';
import { EventReader, RawClient } from '../testdata/raw-client.ts';
import type { McpEndpoint } from '../endpoint.ts';

const RELATED = 'io.modelcontextprotocol/related-task';
const tasks = { list: {}, cancel: {}, requests: { tools: { call: {} } } };
const times = { createdAt: '2025-11-25T00:00:00Z', lastUpdatedAt: '2025-11-25T00:00:00Z', ttl: 1000 };

/** A server with tasks `t1`, `t2`, … and one, `other`, that another client began. */
function tasked(name: string, answer?: FakeOptions['answer']): FakeServer {
  let made = 0;
  return new FakeServer(name, {
    capabilities: { tools: {}, tasks },
    answer(message, server) {
      const scripted = answer?.(message, server);
      if (scripted !== undefined) return scripted;
      const { method, params } = message;
      if (method === 'tools/call' && params?.['task'] !== undefined) {
        return { task: { taskId: `t${++made}`, status: 'working', ...times } };
      }
      if (method === 'tasks/list') {
        const ids = params?.['cursor'] === undefined ? ['other', 't1'] : ['t2'];
        const next = params?.['cursor'] === undefined ? { nextCursor: 'more' } : {};
        return { tasks: ids.map((taskId) => ({ taskId, status: 'working', ...times })), ...next };
      }
      if (method === 'tasks/result') {
        const link = { type: 'resource_link', uri: 'f:///1', name: 'n' };
        return { content: [link], _meta: { [RELATED]: { taskId: params?.['taskId'] } } };
      }
      if (method.startsWith('tasks/')) return { taskId: params?.['taskId'], status: 'cancelled', ...times };
      return withTools('x')(message, server);
    },
  });
}

function endpointOf(...servers: FakeServer[]): McpEndpoint {
  return makeEndpoint({ targets: servers.map((server) => server.target) });
}

async function open(endpoint: McpEndpoint, params: object = {}): Promise<RawClient> {
  const client = new RawClient(endpoint);
  await client.initialize({ capabilities: { elicitation: {} }, ...params });
  return client;
}

async function begin(client: RawClient, name: string, meta: object = {}): Promise<string> {
  const { result } = await client.call<{ task: { taskId: string } }>('tools/call', { name, task: { ttl: 1 }, ...meta });
  return result.task.taskId;
}

test('tasks are there for sessions of 2025-11-25 whose servers have them', async () => {
  const capabilitiesOf = async (params: object, ...servers: FakeServer[]): Promise<unknown> => {
    const client = new RawClient(endpointOf(...servers));
    return ((await client.initialize(params))['capabilities'] as { tasks?: unknown }).tasks;
  };
  const lists = new FakeServer('b', { capabilities: { tools: {}, tasks: { list: {} } } });
  assert.deepEqual(await capabilitiesOf({}, tasked('a'), lists), tasks);
  assert.deepEqual(await capabilitiesOf({}, lists, new FakeServer('c')), { list: {} });
  assert.equal(await capabilitiesOf({ protocolVersion: '2025-06-18' }, tasked('a')), undefined);
  const older = new FakeServer('a', { capabilities: { tools: {}, tasks }, revision: '2025-06-18' });
  assert.equal(await capabilitiesOf({}, older), undefined);
  const discovered = await new ModernClient(endpointOf(tasked('a'))).call('server/discover');
  assert.equal((discovered.result['capabilities'] as { tasks?: unknown }).tasks, undefined);
});

test('a task leads to the server that runs it, for the session that began it', async () => {
  const [a, b] = [tasked('a'), tasked('b')];
  const endpoint = endpointOf(a, b);
  const client = await open(endpoint);
  const id = await begin(client, 'b_x');
  assert.notEqual(id, 't1');
  const got = await client.call('tasks/get', { taskId: id });
  assert.equal(got.result['taskId'], id);
  const done = await client.call('tasks/result', { taskId: id });
  assert.deepEqual(done.result, {
    content: [{ type: 'resource_link', uri: 'b+f:///1', name: 'n' }],
    _meta: { [RELATED]: { taskId: id } },
  });
  assert.equal((await client.call('tasks/cancel', { taskId: id })).result['taskId'], id);
  for (const method of ['tasks/get', 'tasks/result', 'tasks/cancel']) {
    assert.deepEqual(
      b.of(method).map(({ params }) => params?.['taskId']),
      ['t1'],
    );
    assert.equal(a.of(method).length, 0);
  }
  const other = await open(endpoint);
  for (const taskId of [id, 't1', 'other']) {
    assert.equal((await other.call('tasks/get', { taskId })).error?.code, -32602, taskId);
  }
});

test('the list has the tasks of the session, of all servers and pages', async () => {
  const [a, b, c] = [tasked('a'), tasked('b'), new FakeServer('c')];
  const client = await open(endpointOf(a, b, c));
  const begun = [await begin(client, 'a_x'), await begin(client, 'b_x'), await begin(client, 'b_x')];
  const { result } = await client.call<{ tasks: { taskId: string; ttl: number }[] }>('tasks/list');
  assert.deepEqual(new Set(result.tasks.map(({ taskId }) => taskId)), new Set(begun));
  assert.equal(result.tasks[0]?.ttl, 1000);
  assert.equal(c.of('tasks/list').length, 0);
  const other = await open(endpointOf(a));
  assert.deepEqual((await other.call('tasks/list')).result, { tasks: [] });
});

test('what a server asks and tells for a task says which, as the client knows it', async () => {
  const server = tasked('a', ({ method }) => (method === 'tasks/result' ? new Promise(() => undefined) : undefined));
  const client = await open(endpointOf(server));
  const id = await begin(client, 'x', { _meta: { progressToken: 'mine' } });
  const token = server.of('tools/call')[0]?.id;
  const stream = new EventReader(await client.get());
  server.notify('notifications/tasks/status', { taskId: 'other', status: 'working', ...times });
  server.notify('notifications/tasks/status', { taskId: 't1', status: 'input_required', ...times });
  assert.equal((await stream.next())?.message.params?.['taskId'], id);
  server.notify('notifications/progress', { progressToken: token, progress: 1 });
  assert.deepEqual((await stream.next())?.message.params, { progressToken: 'mine', progress: 1 });
  const waits = client.send('tasks/result', { taskId: id });
  while (server.of('tasks/result').length === 0) await new Promise((resolve) => setImmediate(resolve));
  const related = { [RELATED]: { taskId: 't1' } };
  server.ask('q', 'elicitation/create', { message: 'm', _meta: related }, Number(server.of('tasks/result')[0]?.id));
  const asked = (await new EventReader(await waits).next())?.message;
  assert.deepEqual(asked?.params, { message: 'm', _meta: { [RELATED]: { taskId: id } } });
  const answer = { action: 'decline', _meta: { [RELATED]: { taskId: id } } };
  await client.post({ jsonrpc: '2.0', id: asked?.['id'], result: answer });
  assert.deepEqual(server.received.at(-1)?.outcome, { action: 'decline', _meta: related });
});

test('where there are no tasks, their methods do not exist', async () => {
  const without = await open(endpointOf(new FakeServer('a')));
  const older = await open(endpointOf(tasked('a')), { protocolVersion: '2025-06-18' });
  for (const client of [without, older]) {
    for (const method of ['tasks/get', 'tasks/result', 'tasks/cancel', 'tasks/list', 'tasks/update']) {
      assert.equal((await client.call(method, { taskId: 't1' })).error?.code, -32601, method);
    }
  }
  const refusing = tasked('a', ({ method }) =>
    method === 'tasks/cancel' ? new RpcFailure(-32602, 'done') : undefined,
  );
  const client = await open(endpointOf(refusing));
  const { error } = await client.call('tasks/cancel', { taskId: await begin(client, 'x') });
  assert.deepEqual([error?.code, error?.message], [-32602, 'done']);
});

test('a client of 2026-07-28 begins no task at a server with sessions', async () => {
  const server = tasked('a');
  const client = new ModernClient(endpointOf(server));
  await client.call('tools/call', { name: 'x', task: { ttl: 1 } });
  assert.equal(server.of('tools/call')[0]?.params?.['task'], undefined);
});
