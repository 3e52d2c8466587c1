/** Clients that only wait for what servers tell, whose server goes away meanwhile. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { mcpLimits } from '../../limits.ts';
import { FakeServer } from '../../testdata/fake-target.ts';
import { makeEndpoint } from '../../testdata/fetch-harness.ts';
import { EventReader, RawClient } from '../../testdata/raw-client.ts';
import { TargetError } from '../../transports/transport.ts';

/** Lets everything happen that waits for no timer. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function listening(t: TestContext): Promise<{ server: FakeServer; events: EventReader; client: RawClient }> {
  const server = new FakeServer('a', {
    capabilities: { tools: {}, resources: { subscribe: true } },
    answer: () => ({}),
  });
  const endpoint = makeEndpoint({ targets: [server.target] });
  t.after(() => endpoint.close());
  const client = new RawClient(endpoint);
  await client.initialize();
  await client.call('resources/subscribe', { uri: 'a://1' });
  const events = new EventReader(await client.get());
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  return { server, events, client };
}

test('a server that forgot the session is greeted again, with what was subscribed', async (t) => {
  const { server, events } = await listening(t);
  server.events?.expired(null);
  t.mock.timers.tick(1);
  await turns();
  assert.equal(server.connections, 2);
  assert.equal(server.of('resources/subscribe').length, 2);
  assert.equal(server.listening, true);
  assert.equal((await events.next())?.message['method'], 'notifications/tools/list_changed');
  server.notify('notifications/resources/updated', { uri: 'a://1' });
  for (;;) {
    const event = await events.next();
    if (event?.message['method'] === 'notifications/resources/updated') return;
  }
});

test('a server whose connection was lost is tried again until it is back, with pauses that double', async (t) => {
  const { server } = await listening(t);
  server.broken = 'is away';
  server.events?.lost(new TargetError('has ended'));
  let pauseMs: number = mcpLimits.firstRetryMs;
  for (const connections of [2, 3, 4]) {
    if (connections === 4) server.broken = null;
    t.mock.timers.tick(pauseMs - 100);
    await turns();
    assert.equal(server.connections, connections - 1);
    t.mock.timers.tick(100);
    await turns();
    assert.equal(server.connections, connections);
    pauseMs *= 2;
  }
  assert.equal(server.of('resources/subscribe').length, 2);
});

test('for a client that does not wait, a lost server is left alone until it is needed', async (t) => {
  const { server, events, client } = await listening(t);
  await events.cancel();
  server.events?.lost(new TargetError('has ended'));
  t.mock.timers.tick(60_000);
  await turns();
  assert.equal(server.connections, 1);
  await client.delete();
});
