import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { usualLimits } from '../../limits.ts';
import { FakeServer, withTools } from '../../testdata/fake-target.ts';
import { makeEndpoint } from '../../testdata/fetch-harness.ts';
import { EventReader, RawClient } from '../../testdata/raw-client.ts';
import type { Message } from '../../wire/jsonrpc.ts';

/** Calls wait until the test replies. */
function waiting(): FakeServer {
  return new FakeServer('a', {
    capabilities: { tools: {}, tasks: { requests: { tools: { call: {} } } } },
    answer: (message, self) =>
      message.params?.['name'] === 'x' || message.method === 'tasks/result' ? undefined : answer(message, self),
  });
}

const answer = (message: Message, self: FakeServer): ReturnType<ReturnType<typeof withTools>> =>
  message.params?.['task'] === undefined ? withTools('x', 'y')(message, self) : { task: { taskId: 't' } };

async function open(server: FakeServer, t?: TestContext): Promise<RawClient> {
  const client = new RawClient(makeEndpoint({ targets: [server.target] }));
  await client.initialize({ capabilities: { elicitation: {} } });
  await client.call('tools/list');
  t?.mock.timers.enable({ apis: ['setTimeout'] });
  return client;
}

async function received(server: FakeServer, method: string): Promise<Message> {
  for (;;) {
    const [message] = server.of(method);
    if (message !== undefined) return message;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('progress is always asked for; the client gets what goes forward, and only if it asked', async () => {
  const server = waiting();
  const client = await open(server);
  const response = client.send('tools/call', { name: 'x', _meta: { progressToken: 'mine' } });
  const call = await received(server, 'tools/call');
  for (const progress of [1, 3, 2, 'many', 3, 4])
    server.notify('notifications/progress', { progressToken: call.id, progress });
  server.reply(call, { content: [] });
  server.notify('notifications/progress', { progressToken: call.id, progress: 5 });
  const events = new EventReader(await response);
  const seen: unknown[] = [];
  for (let event = await events.next(); event !== null; event = await events.next()) {
    seen.push(event.message.params?.['progress'] ?? 'answer');
  }
  assert.deepEqual(seen, [1, 3, 3, 4, 'answer']);
  await client.call('tools/call', { name: 'y' });
  const silent = server.of('tools/call').at(-1);
  assert.deepEqual(silent?.params, { _meta: { progressToken: silent?.id }, name: 'y' });
});

test('a call without progress is cancelled, however little its client asks for; progress keeps it', async (t) => {
  const server = waiting();
  const client = await open(server, t);
  const response = client.call<{ isError: boolean; content: { text: string }[] }>('tools/call', { name: 'x' });
  const call = await received(server, 'tools/call');
  t.mock.timers.tick(usualLimits.callIdleMs - 1);
  server.notify('notifications/progress', { progressToken: call.id, progress: 1 });
  t.mock.timers.tick(usualLimits.callIdleMs - 1);
  assert.equal(server.of('notifications/cancelled').length, 0);
  t.mock.timers.tick(1);
  assert.match((await response).result.content[0]?.text ?? '', /made no progress for 60 s/);
  assert.equal(server.of('notifications/cancelled')[0]?.params?.['requestId'], call.id);
});

test('while the client is asked, and while a task is waited for, no progress is expected', async (t) => {
  const server = waiting();
  const client = await open(server, t);
  const response = client.send('tools/call', { name: 'x' });
  const call = await received(server, 'tools/call');
  server.ask('q', 'elicitation/create', { message: 'm' }, Number(call.id));
  const begun = await client.call<{ task: { taskId: string } }>('tools/call', { name: 'y', task: {} });
  void client.send('tasks/result', { taskId: begun.result.task.taskId });
  await received(server, 'tasks/result');
  for (let i = 0; i < 5; i++) t.mock.timers.tick(usualLimits.callIdleMs);
  assert.equal(server.of('notifications/cancelled').length, 0);
  const events = new EventReader(await response);
  await client.post({ jsonrpc: '2.0', id: (await events.next())?.message['id'], result: { action: 'decline' } });
  t.mock.timers.tick(usualLimits.callIdleMs);
  assert.equal(server.of('notifications/cancelled')[0]?.params?.['requestId'], call.id);
});

test('the trace of the HTTP request goes along, unless the client names one', async () => {
  const server = new FakeServer('a', { answer: withTools('x') });
  const client = await open(server);
  const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01', baggage: 'k=$&"v"' };
  const call = (method: string, params: object): Promise<Response> =>
    client.post({ jsonrpc: '2.0', id: 'r', method, params }, trace);
  await call('tools/call', { name: 'x', _meta: { progressToken: 1, k: 1 } });
  const [first] = server.of('tools/call');
  assert.deepEqual(first?.params?.['_meta'], { ...trace, progressToken: first?.id, k: 1 });
  await call('tools/call', { name: 'x', _meta: { traceparent: 'mine' } });
  const second = server.of('tools/call')[1];
  assert.deepEqual(second?.params?.['_meta'], { progressToken: second?.id, traceparent: 'mine' });
});
