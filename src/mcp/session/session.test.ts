import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer, withTools, type FakeOptions } from '../testdata/fake-target.ts';
import { makeEndpoint } from '../testdata/fetch-harness.ts';
import { EventReader, RawClient } from '../testdata/raw-client.ts';

/** Calls wait until the test replies. */
const waiting: FakeOptions['answer'] = (message, server) =>
  message.method === 'tools/call' ? undefined : withTools('x')(message, server);

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

async function open(...servers: FakeServer[]): Promise<RawClient> {
  const client = new RawClient(makeEndpoint({ targets: servers.map((server) => server.target) }));
  await client.initialize({ capabilities: { sampling: {}, elicitation: {}, roots: {} } });
  return client;
}

function tokenOf(params: unknown): unknown {
  return (params as { _meta?: { progressToken?: unknown } } | null)?._meta?.progressToken;
}

async function nextCall(server: FakeServer, index = 0): Promise<NonNullable<ReturnType<FakeServer['of']>[0]>> {
  for (let i = 0; i < 100; i++) {
    const call = server.of('tools/call')[index];
    if (call !== undefined) return call;
    await tick();
  }
  throw new Error('no call came');
}

test('progress goes to the request that asked for it, with its own token', async () => {
  const server = new FakeServer('a', { answer: waiting, blind: true });
  const client = await open(server);
  const asked = [7, 'tok'].map((progressToken, i) =>
    client.send('tools/call', { name: 'x', _meta: { progressToken } }, `r${i}`),
  );
  const calls = [await nextCall(server, 0), await nextCall(server, 1)];
  const tokens = calls.map((call) => tokenOf(call.params));
  assert.equal(new Set(tokens).size, 2);
  for (const [i, progressToken] of tokens.entries())
    server.notify('notifications/progress', { progressToken, progress: i });
  for (const [i, call] of calls.entries()) server.reply(call, { content: [], i });
  for (const [i, response] of (await Promise.all(asked)).entries()) {
    const events = new EventReader(response);
    assert.deepEqual((await events.next())?.message, {
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: [7, 'tok'][i], progress: i },
    });
    assert.deepEqual((await events.next())?.message, { jsonrpc: '2.0', id: `r${i}`, result: { content: [], i } });
    assert.equal(await events.next(), null);
  }
});

test('progress that nobody asked for, or that comes too late, goes nowhere', async () => {
  const server = new FakeServer('a', { answer: waiting });
  const client = await open(server);
  const response = client.send('tools/call', { name: 'x' });
  const call = await nextCall(server);
  server.notify('notifications/progress', { progressToken: call.id, progress: 1 });
  server.reply(call, {});
  assert.equal((await response).headers.get('content-type'), 'application/json');
  server.notify('notifications/progress', { progressToken: call.id, progress: 2 });
  await tick();
});

test("a server's request goes to the response of the call that caused it, and the answer back to that server", async () => {
  const a = new FakeServer('a', { answer: waiting });
  const b = new FakeServer('b', { answer: waiting });
  const client = await open(a, b);
  const responses = [client.send('tools/call', { name: 'a_x' }), client.send('tools/call', { name: 'b_x' })];
  const calls = [await nextCall(a), await nextCall(b)];
  for (const [i, server] of [a, b].entries()) {
    server.ask('same-id', 'elicitation/create', { message: `from ${server.name}` }, Number(calls[i]?.id));
  }
  for (const [i, server] of [a, b].entries()) {
    const events = new EventReader((await responses[i]) as Response);
    const asked = (await events.next())?.message;
    assert.deepEqual(asked?.params, { message: `[${server.name}] from ${server.name}` });
    const answer = await client.post(`{"jsonrpc":"2.0","id":${String(asked?.['id'])},"result":{ "n":1.0 }}`);
    assert.equal(answer.status, 202);
    const relayed = server.received.at(-1);
    assert.deepEqual([relayed?.id, relayed?.bodyText], ['same-id', '{ "n":1.0 }']);
    server.reply(calls[i] as never, { content: [] });
    assert.ok(await events.next());
  }
});

test('an answer counts once, and only for requests that were made', async () => {
  const server = new FakeServer('a', { answer: waiting });
  const client = await open(server);
  const response = client.send('tools/call', { name: 'x' });
  server.ask(1, 'roots/list', {}, Number((await nextCall(server)).id));
  const events = new EventReader(await response);
  const id = (await events.next())?.message['id'];
  const before = server.received.length;
  for (const answer of [id, id, 999, 'x']) await client.post({ jsonrpc: '2.0', id: answer, result: {} });
  assert.equal(server.received.length, before + 1);
  await events.cancel();
});

test('where only one call is in flight, a request of a stdio server belongs to it', async () => {
  const server = new FakeServer('a', { answer: waiting, blind: true });
  const client = await open(server);
  const response = client.send('tools/call', { name: 'x' });
  await nextCall(server);
  server.ask(5, 'sampling/createMessage', { messages: [], _meta: { progressToken: 'srv' } });
  const events = new EventReader(await response);
  const asked = (await events.next())?.message;
  const token = tokenOf(asked?.params);
  assert.equal(token, asked?.['id']);
  await client.notify('notifications/progress', { progressToken: token, progress: 0.5 });
  assert.deepEqual(server.of('notifications/progress')[0]?.params, { progressToken: 'srv', progress: 0.5 });
  server.notify('notifications/cancelled', { requestId: 5, reason: 'enough' });
  assert.deepEqual((await events.next())?.message, {
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { requestId: asked?.['id'], reason: 'enough' },
  });
  await events.cancel();
});

test('what belongs to no request waits for the GET stream, and follows it from then on', async () => {
  const server = new FakeServer('a', { capabilities: { tools: {}, roots: {} }, answer: withTools('x'), blind: true });
  const client = await open(server);
  server.ask(9, 'roots/list', {});
  server.notify('notifications/tools/list_changed', {});
  server.notify('notifications/tools/list_changed', {});
  assert.equal(server.listening, false);
  const events = new EventReader(await client.get());
  assert.equal(server.listening, true);
  assert.equal((await events.next())?.message['method'], 'roots/list');
  assert.equal((await events.next())?.message['method'], 'notifications/tools/list_changed');
  server.notify('notifications/message', { level: 'info', data: 1 });
  assert.deepEqual((await events.next())?.message.params, { level: 'info', data: 1 });
  assert.equal((await client.get()).status, 409);
  await events.cancel();
  assert.equal(server.listening, false);
  assert.equal((await client.get()).status, 200);
});

test('a queue that nobody reads is bounded, and servers learn that their requests found no client', async () => {
  const server = new FakeServer('a');
  const client = await open(server);
  for (let i = 0; i < 200; i++) server.ask(i, 'roots/list', {});
  await tick();
  const refused = server.received.filter((message) => message.kind === 'error');
  assert.equal(refused.length, 200 - 64);
  assert.equal((refused[0]?.outcome as { code: number } | undefined)?.code, -32603);
  await client.delete();
});

test('log messages and updates of several servers say whose they are', async () => {
  const a = new FakeServer('a');
  const b = new FakeServer('b');
  const client = await open(a, b);
  const events = new EventReader(await client.get());
  a.notify('notifications/message', { level: 'info', logger: 'l', data: { x: 1 } });
  assert.deepEqual((await events.next())?.message.params, { level: 'info', logger: 'a/l', data: { x: 1 } });
  b.notify('notifications/message', { level: 'info', data: 'd' });
  assert.deepEqual((await events.next())?.message.params, { logger: 'b', level: 'info', data: 'd' });
  b.notify('notifications/resources/updated', { uri: 'f:///1' });
  assert.deepEqual((await events.next())?.message.params, { uri: 'b+f:///1' });
});

test('a cancellation reaches only the target that serves the request, under its id there', async () => {
  const a = new FakeServer('a', { answer: waiting });
  const b = new FakeServer('b', { answer: waiting });
  const client = await open(a, b);
  const response = client.send('tools/call', { name: 'b_x' }, 'mine');
  const call = await nextCall(b);
  await client.notify('notifications/cancelled', { requestId: 'mine', reason: 'no "need"' });
  assert.deepEqual(b.of('notifications/cancelled')[0]?.params, { requestId: call.id, reason: 'no "need"' });
  assert.equal(a.of('notifications/cancelled').length, 0);
  const ended = await response;
  assert.deepEqual([ended.status, await ended.text()], [200, '']);
  b.reply(call, {});
  await client.notify('notifications/cancelled', { requestId: 'mine' });
  assert.equal(b.of('notifications/cancelled').length, 1);
});

test('an id that is in flight cannot be used again', async () => {
  const server = new FakeServer('a', { answer: waiting });
  const client = await open(server);
  const first = client.send('tools/call', { name: 'x' }, 1);
  const call = await nextCall(server);
  const second = (await (await client.send('ping', {}, 1)).json()) as { error: { code: number } };
  assert.equal(second.error.code, -32600);
  server.reply(call, { ok: 1 });
  assert.deepEqual(((await (await first).json()) as { result: unknown }).result, { ok: 1 });
});

test('a broken stream is resumed where it broke off, with what came meanwhile', async () => {
  const server = new FakeServer('a', { answer: waiting });
  const client = await open(server);
  const response = client.send('tools/call', { name: 'x', _meta: { progressToken: 1 } }, 'r');
  const call = await nextCall(server);
  const step = (progress: number): void =>
    server.notify('notifications/progress', { progressToken: call.id, progress });
  step(1);
  step(2);
  const events = new EventReader(await response);
  const first = await events.next();
  await events.cancel();
  step(3);
  const resumed = new EventReader(await client.get({ 'last-event-id': first?.id ?? '' }));
  assert.equal((await resumed.next())?.message.params?.['progress'], 2);
  assert.equal((await resumed.next())?.message.params?.['progress'], 3);
  await resumed.cancel();
  server.reply(call, { done: true });
  await tick();
  const last = new EventReader(await client.get({ 'last-event-id': first?.id ?? '' }));
  const seen: unknown[] = [];
  for (let event = await last.next(); event !== null; event = await last.next()) seen.push(event.message['id']);
  assert.deepEqual(seen, [undefined, undefined, 'r']);
  assert.equal((await client.get({ 'last-event-id': '77-1' })).status, 400);
  assert.equal((await client.get({ 'last-event-id': 'x' })).status, 400);
});

test('a stream is not resumed with a gap; its last message is there when all before it had to give way', async () => {
  const server = new FakeServer('a', { answer: waiting });
  const client = await open(server);
  const response = client.send('tools/call', { name: 'x', _meta: { progressToken: 1 } }, 'r');
  const call = await nextCall(server);
  const step = (progress: number): void =>
    server.notify('notifications/progress', { progressToken: call.id, progress });
  step(1);
  const events = new EventReader(await response);
  const id = (await events.next())?.id ?? '';
  await events.cancel();
  for (let i = 2; i <= 300; i++) step(i);
  assert.equal((await client.get({ 'last-event-id': id })).status, 400);
  const rest = new EventReader(await client.get({ 'last-event-id': id.replace(/1$/, '299') }));
  assert.equal((await rest.next())?.message.params?.['progress'], 300);
  await rest.cancel();
  const large = 'x'.repeat(1_000_000);
  server.reply(call, { large });
  await tick();
  assert.equal((await client.get({ 'last-event-id': id.replace(/1$/, '299') })).status, 400);
  const last = new EventReader(await client.get({ 'last-event-id': id.replace(/1$/, '300') }));
  assert.deepEqual((await last.next())?.message, { jsonrpc: '2.0', id: 'r', result: { large } });
  assert.equal(await last.next(), null);
});

test('the GET stream resumes in place of the one that the client lost', async () => {
  const server = new FakeServer('a');
  const client = await open(server);
  const lost = new EventReader(await client.get());
  server.notify('notifications/message', { data: 1 });
  const first = await lost.next();
  server.notify('notifications/message', { data: 2 });
  const resumed = new EventReader(await client.get({ 'last-event-id': first?.id ?? '' }));
  assert.equal((await resumed.next())?.message.params?.['data'], 2);
  server.notify('notifications/message', { data: 3 });
  assert.equal((await resumed.next())?.message.params?.['data'], 3);
  assert.equal(server.listening, true);
});

test('only clients that know them get events without a message', async () => {
  for (const [protocolVersion, primed] of [
    ['2025-11-25', true],
    ['2025-06-18', false],
  ] as const) {
    const server = new FakeServer('a', { answer: waiting });
    const client = new RawClient(makeEndpoint({ targets: [server.target] }));
    await client.initialize({ protocolVersion });
    const response = client.send('tools/call', { name: 'x' });
    const call = await nextCall(server);
    server.notify('notifications/message', { data: 1 }, Number(call.id));
    server.reply(call, {});
    const text = await (await response).text();
    assert.equal(text.startsWith('id: 1-0\ndata: \n\n'), primed);
  }
});

test('messages that servers print over several lines arrive whole', async () => {
  const server = new FakeServer('a', { answer: waiting });
  const client = await open(server);
  const response = client.send('tools/call', { name: 'x' });
  const call = await nextCall(server);
  server.notify('notifications/message', { data: 1 }, Number(call.id));
  server.reply(call, '{\n  "a": 1,\r\n  "b": "x\\ny"\n}');
  const events = new EventReader(await response);
  await events.next();
  assert.deepEqual((await events.next())?.message['result'], { a: 1, b: 'x\ny' });
});

test('roots changes go to every target', async () => {
  const a = new FakeServer('a');
  const b = new FakeServer('b');
  const client = await open(a, b);
  await client.notify('notifications/roots/list_changed');
  for (const server of [a, b]) assert.equal(server.of('notifications/roots/list_changed').length, 1);
});

test('after a reconnection a target has its subscriptions and log level again', async () => {
  const capabilities = { tools: {}, resources: { subscribe: true }, logging: {} };
  let forget = false;
  const server = new FakeServer('a', {
    capabilities,
    answer: (message, self) => {
      if (forget && message.method === 'tools/call') {
        forget = false;
        self.events?.expired(Number(message.id));
        return undefined;
      }
      return {};
    },
  });
  const client = await open(server);
  await client.call('resources/subscribe', { uri: 'f:///1' });
  await client.call('resources/subscribe', { uri: 'f:///2' });
  await client.call('resources/unsubscribe', { uri: 'f:///1' });
  await client.call('logging/setLevel', { level: 'error' });
  forget = true;
  await client.call('tools/call', { name: 'x' });
  await tick();
  assert.deepEqual(
    server.of('resources/subscribe').map((message) => message.params?.['uri']),
    ['f:///1', 'f:///2', 'f:///2'],
  );
  assert.equal(server.of('logging/setLevel').length, 2);
});
