/** A server behind the gateway is started again in mid-session. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../testkit/client.ts';
import { officialClients, type OpenSession } from './clients.ts';
import { connectionPerRequest, startMcpGateway } from './mcp-gateway.ts';
import { eventsOf, openRawSession } from './raw-session.ts';
import { startRestartableServer, type RestartableServer } from './restartable-server.ts';

const limit = { timeout: 90_000 };

async function begin(
  t: TestContext,
  open: (typeof officialClients)[string],
): Promise<{ server: RestartableServer; session: OpenSession }> {
  const server = await startRestartableServer(t);
  const gateway = await startMcpGateway(t, `\n- name: remote\n  mcp: { host: "${server.url}" }`);
  const session = await open(gateway.url, connectionPerRequest().fetch);
  t.after(() => session.client.close());
  assert.equal(await session.call('pay'), 'pay done');
  return { server, session };
}

/** Starts the server again while `calls` calls of `tool` are stuck in it. */
async function restartDuring(server: RestartableServer, tool: string, calls: number): Promise<void> {
  await eventually(() => server.calls.get(tool) === calls, 'the call at its server');
  await server.stop();
  server.stuck = false;
  await server.start();
}

for (const [name, open] of Object.entries(officialClients)) {
  test(`${name}: a restart of a server between calls goes unnoticed`, limit, async (t) => {
    const { server, session } = await begin(t, open);
    for (const round of [2, 3]) {
      const sessions = server.sessions();
      await server.stop();
      await server.start();
      assert.equal(await session.call('pay'), 'pay done');
      assert.equal(server.calls.get('pay'), round);
      assert.equal(server.sessions(), sessions + 1);
    }
    assert.ok((await session.client.listTools()).tools.some((tool) => tool.name === 'look'));
  });
}

const [, open = assert.fail('no client')] = Object.entries(officialClients)[0] ?? [];

test(
  'a call that a server had begun with when it ended is not made again, and the model learns why',
  limit,
  async (t) => {
    const { server, session } = await begin(t, open);
    server.stuck = true;
    const call = session.call('pay');
    await restartDuring(server, 'pay', 2);
    assert.match(await call, /MCP server "remote" .*may have acted on the request, which was not repeated/);
    assert.equal(server.calls.get('pay'), 2);
    assert.equal(await session.call('pay'), 'pay done');
  },
);

test('a call that only reads is made again when its server comes back', limit, async (t) => {
  const { server, session } = await begin(t, open);
  assert.ok((await session.client.listTools()).tools.length > 0);
  server.stuck = true;
  const call = session.call('look');
  await restartDuring(server, 'look', 1);
  assert.equal(await call, 'look done');
  assert.equal(server.calls.get('look'), 2);
});

test('a client that only waits for updates has them from the server that was started again', limit, async (t) => {
  const server = await startRestartableServer(t);
  const gateway = await startMcpGateway(t, `\n- name: remote\n  mcp: { host: "${server.url}" }`);
  const session = await openRawSession(gateway.url);
  const uri = 'memo://one';
  assert.equal((await session.send('resources/subscribe', { uri })).status, 200);
  const stop = new AbortController();
  t.after(() => stop.abort());
  const events = eventsOf(await session.listen(stop.signal));
  const updated = async (): Promise<void> => {
    for (;;) {
      const { value } = await events.next();
      if ((value ?? assert.fail('the stream ended')).data.includes('resources/updated')) return;
    }
  };
  await eventually(() => server.subscribed.has(uri), 'the subscription');
  for (let round = 0; round < 2; round++) {
    await server.stop();
    await server.start();
    await eventually(() => server.subscribed.has(uri), 'the subscription, made again');
    // Its stream may follow the subscription.
    const telling = setInterval(() => void server.update(uri), 200);
    await updated().finally(() => clearInterval(telling));
  }
});
