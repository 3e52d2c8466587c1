import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer, RpcFailure, withTools, type FakeOptions } from '../testdata/fake-target.ts';
import { makeEndpoint } from '../testdata/fetch-harness.ts';
import { ModernClient } from '../testdata/modern-client.ts';
import { EventReader, RawClient } from '../testdata/raw-client.ts';

const TASKS = 'io.modelcontextprotocol/tasks';
const capabilities = { elicitation: {}, extensions: { [TASKS]: {} } };
const has = { tools: {}, extensions: { [TASKS]: {} } };
const times = { createdAt: '2026-07-28T00:00:00Z', lastUpdatedAt: '2026-07-28T00:00:00Z', ttlMs: null };
const question = { method: 'elicitation/create', params: { message: 'name?' } };

/** A server whose calls are tasks with the id `t`, and wait for a name. */
function tasked(name: string, answer?: FakeOptions['answer']): FakeServer {
  return new FakeServer(name, {
    modern: true,
    capabilities: has,
    answer(message, server) {
      const scripted = answer?.(message, server);
      if (scripted !== undefined) return scripted;
      const task = { taskId: 't', ...times };
      if (message.method === 'tools/call') return { resultType: 'task', status: 'working', ...task };
      if (message.method === 'tasks/get') {
        return { resultType: 'complete', status: 'input_required', ...task, inputRequests: { who: question } };
      }
      if (message.method.startsWith('tasks/')) return { resultType: 'complete' };
      if (message.method === 'subscriptions/listen') {
        const tag = { 'io.modelcontextprotocol/subscriptionId': message.id };
        const { notifications } = message.params ?? {};
        const acknowledged = { _meta: tag, notifications };
        setImmediate(() => {
          server.notify('notifications/subscriptions/acknowledged', acknowledged, Number(message.id));
        });
        return undefined;
      }
      return withTools('x')(message, server);
    },
  });
}

function open(...servers: FakeServer[]): ModernClient {
  return new ModernClient(makeEndpoint({ targets: servers.map((server) => server.target) }));
}

async function begin(client: ModernClient, name: string): Promise<string> {
  const { result } = await client.call('tools/call', { name }, { capabilities });
  assert.deepEqual([result['resultType'], result['status']], ['task', 'working']);
  return String(result['taskId']);
}

test('the extension is there when a server of 2026-07-28 has it, for clients of that revision', async () => {
  const modern = open(tasked('a'), new FakeServer('b'));
  const found = await modern.call('server/discover');
  assert.deepEqual((found.result['capabilities'] as { extensions: unknown }).extensions, { [TASKS]: {} });
  const none = await open(new FakeServer('b', { capabilities: has })).call('server/discover');
  assert.equal((none.result['capabilities'] as { extensions?: unknown }).extensions, undefined);
  const raw = new RawClient(makeEndpoint({ targets: [tasked('a').target] }));
  assert.equal(((await raw.initialize())['capabilities'] as { extensions?: unknown }).extensions, undefined);
});

test('tasks of several servers lead to their own, under ids that say nothing', async () => {
  const [a, b] = [tasked('a'), tasked('b')];
  const client = open(a, b);
  const [first, second] = [await begin(client, 'a_x'), await begin(client, 'b_x')];
  assert.ok(first !== second && first !== 't' && second !== 't');
  const got = await client.call('tasks/get', { taskId: second }, { capabilities });
  assert.deepEqual([got.result['taskId'], got.result['status']], [second, 'input_required']);
  assert.equal(got.result.inputRequests?.['who']?.params?.['message'], '[b] name?');
  const inputResponses = { who: { action: 'accept', content: { name: 'Ada' } } };
  await client.call('tasks/update', { taskId: second, inputResponses }, { capabilities });
  const { _meta, ...updated } = b.of('tasks/update')[0]?.params ?? {};
  assert.deepEqual(updated, { taskId: 't', inputResponses });
  const cancelled = await client.call('tasks/cancel', { taskId: second }, { capabilities });
  assert.deepEqual(cancelled.result, { resultType: 'complete' });
  assert.equal(a.received.filter(({ method }) => method.startsWith('tasks/')).length, 0);
});

test('servers learn of the extension from the request of a client that declares it, and only from that', async () => {
  const server = tasked('a');
  const client = open(server);
  await begin(client, 'x');
  const declared = (): unknown => {
    const meta = server.of('tools/call').at(-1)?.params?.['_meta'] as Record<string, { extensions?: unknown }>;
    return meta['io.modelcontextprotocol/clientCapabilities']?.extensions;
  };
  assert.deepEqual(declared(), { [TASKS]: {} });
  const { result } = await client.call('tools/call', { name: 'x' }, { capabilities: { elicitation: {} } });
  assert.equal(declared(), undefined);
  assert.match(result.content?.[0]?.text ?? '', /unknown type/);
});

test('requests for tasks need the capability, a task of ours, and a server that has tasks', async () => {
  const client = open(
    tasked('a', ({ method }) => (method === 'tasks/get' ? new RpcFailure(-32602, 'gone') : undefined)),
  );
  const id = await begin(client, 'x');
  for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
    const { status, error } = await client.call(method, { taskId: id }, { capabilities: { elicitation: {} } });
    assert.deepEqual([status, error?.code], [400, -32021]);
    assert.deepEqual(error?.data, { requiredCapabilities: { extensions: { [TASKS]: {} } } });
    const foreign = await client.call(method, { taskId: 't' }, { capabilities });
    assert.deepEqual([foreign.status, foreign.error?.code], [200, -32602]);
  }
  assert.equal((await client.call('tasks/get', { taskId: id }, { capabilities })).error?.message, 'gone');
  for (const method of ['tasks/result', 'tasks/list']) {
    assert.equal((await client.call(method, {}, { capabilities })).status, 404);
  }
  const without = await open(new FakeServer('b')).call('tasks/get', { taskId: id }, { capabilities });
  assert.deepEqual([without.status, without.error?.code], [404, -32601]);
});

test('listeners hear of the tasks that they name, by the ids that they know', async () => {
  const [a, b] = [tasked('a'), tasked('b')];
  const client = open(a, b);
  const id = await begin(client, 'b_x');
  const refused = await client.call('subscriptions/listen', { notifications: { taskIds: [id] } });
  assert.deepEqual([refused.status, refused.error?.code], [400, -32021]);
  const filter = { notifications: { taskIds: [id, 'foreign'] } };
  const response = await client.send('subscriptions/listen', filter, { capabilities });
  const events = new EventReader(response);
  const acknowledged = (await events.next())?.message.params;
  assert.deepEqual(acknowledged?.['notifications'], { taskIds: [id] });
  const listen = b.of('subscriptions/listen').at(-1);
  const heard = listen?.params?.['notifications'] as { taskIds: unknown } | undefined;
  assert.deepEqual(heard?.taskIds, ['t']);
  const meta = listen?.params?.['_meta'] as Record<string, { extensions?: object }> | undefined;
  assert.deepEqual(meta?.['io.modelcontextprotocol/clientCapabilities']?.extensions, { [TASKS]: {} });
  const tag = { 'io.modelcontextprotocol/subscriptionId': listen?.id };
  b.notify('notifications/tasks', { taskId: 'other', status: 'working', ...times, _meta: tag });
  b.notify('notifications/tasks', {
    taskId: 't',
    status: 'completed',
    ...times,
    result: { content: [{ type: 'resource_link', uri: 'f:///1', name: 'n' }] },
    _meta: tag,
  });
  const told = (await events.next())?.message;
  assert.equal(told?.['method'], 'notifications/tasks');
  const { _meta, ...task } = told?.params ?? {};
  assert.deepEqual(task, {
    taskId: id,
    status: 'completed',
    ...times,
    result: { content: [{ type: 'resource_link', uri: 'b+f:///1', name: 'n' }] },
  });
  await events.cancel();
});
