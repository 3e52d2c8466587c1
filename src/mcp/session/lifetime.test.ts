import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mcpLimits } from '../limits.ts';
import { FakeServer, withTools } from '../testdata/fake-target.ts';
import { makeEndpoint } from '../testdata/fetch-harness.ts';
import { EventReader, RawClient } from '../testdata/raw-client.ts';

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 15));
}

test('an idle session ends after its time, one with an open stream or call does not', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const server = new FakeServer('a', { answer: (message) => (message.method === 'tools/call' ? undefined : {}) });
  const endpoint = makeEndpoint({ targets: [server.target], sessionTtlMs: 5 });
  const [idle, streaming, calling] = [new RawClient(endpoint), new RawClient(endpoint), new RawClient(endpoint)];
  for (const client of [idle, streaming, calling]) await client.initialize();
  const stream = await streaming.get();
  const call = calling.send('tools/call', { name: 'x' });
  await pause();
  t.mock.timers.tick(mcpLimits.keepAliveMs);
  assert.equal(endpoint.sessions, 2);
  assert.equal(server.closed, 1);
  assert.equal((await idle.post(ping)).status, 404);
  assert.equal((await streaming.post(ping)).status, 200);
  await stream.body?.cancel();
  await pause();
  t.mock.timers.tick(mcpLimits.keepAliveMs);
  assert.equal(endpoint.sessions, 1);
  endpoint.close();
  assert.equal((await call).status, 200);
});

test('open streams get comments, so that nothing on the way closes them', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const server = new FakeServer('a', { answer: (message) => (message.method === 'tools/call' ? undefined : {}) });
  const endpoint = makeEndpoint({ targets: [server.target] });
  const client = new RawClient(endpoint);
  await client.initialize({ protocolVersion: '2025-06-18' });
  const get = await client.get();
  const sent = client.send('tools/call', { name: 'x' });
  await pause();
  const id = Number(server.of('tools/call')[0]?.id);
  server.notify('notifications/message', { data: 1 }, id);
  const post = await sent;
  t.mock.timers.tick(mcpLimits.keepAliveMs);
  endpoint.close();
  assert.equal(await get.text(), ': keep-alive\n\n');
  assert.match(await post.text(), /\n\n: keep-alive\n\n/);
});

test('before the process stops, streams that only wait end and calls go on', async () => {
  const server = new FakeServer('a', { answer: (message) => (message.method === 'tools/call' ? undefined : {}) });
  const endpoint = makeEndpoint({ targets: [server.target] });
  const client = new RawClient(endpoint);
  await client.initialize();
  const events = new EventReader(await client.get());
  const sent = client.send('tools/call', { name: 'x' });
  await pause();
  endpoint.drain();
  assert.equal(await events.next(), null);
  server.reply(server.of('tools/call')[0] as never, { ok: true });
  assert.equal((await sent).status, 200);
});

test('a client that leaves during initialize leaves no session behind', async () => {
  const server = new FakeServer('a', { answer: withTools('x') });
  const endpoint = makeEndpoint({ targets: [server.target] });
  const client = new RawClient(endpoint);
  const abort = new AbortController();
  const greeting = Promise.withResolvers<void>();
  server.greeting = greeting.promise;
  const gone = client.post({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }, {}, abort.signal);
  await pause();
  abort.abort();
  await assert.rejects(gone);
  await pause();
  assert.equal(endpoint.sessions, 0);
  greeting.resolve();
  await pause();
  assert.equal(server.closed, server.connections);
});
