/** MCP sessions of several gateways with one key and one Redis. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../testkit/client.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { openRawSession } from '../mcp/raw-session.ts';
import { startRemoteServer } from '../mcp/remote-server.ts';
import { configFile, processPorts, processSection, startWaygate } from '../process/waygate-process.ts';
import { redisServer } from './redis-server.ts';

const limit = { timeout: 120_000 };

/** Starts a replica; the URL of its MCP endpoint, and what it says. */
async function startReplica(t: TestContext, target: URL, store: string): Promise<{ url: URL; said: () => string }> {
  const ports = await processPorts();
  const file = configFile(
    t,
    `${processSection(ports, 2)}
  session: { key: "${'5a'.repeat(32)}", store: "${store}" }
gateways:
  default: { port: ${ports.data}, address: ["127.0.0.1"] }
mcp:
  targets:
  - name: remote
    mcp: { host: "${target.href}" }
`,
  );
  const waygate = startWaygate(t, { args: ['-f', file] });
  await waygate.says('ready');
  return { url: new URL(`http://127.0.0.1:${ports.data}/mcp`), said: () => `${waygate.stdout()}${waygate.stderr()}` };
}

/** The HTTP status of a ping in the session. */
async function ping(url: URL, session: string): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-session-id': session,
  };
  const response = await fetch(url, { method: 'POST', headers, body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' });
  await response.text();
  return response.status;
}

test('a session that its client ended at one replica is over at all, those to come included', limit, async (t) => {
  const remote = await startRemoteServer(t);
  const redis = redisServer(t, (await freePorts(1))[0] ?? 0);
  await redis.start();
  const target = new URL(remote.url);
  const [one, two] = await Promise.all([startReplica(t, target, redis.url), startReplica(t, target, redis.url)]);
  const session = await openRawSession(one.url);
  const other = await openRawSession(one.url);
  for (const { url } of [one, two]) assert.equal(await ping(url, session.id), 200);
  const elsewhere = await fetch(two.url, { method: 'DELETE', headers: { 'mcp-session-id': session.id } });
  assert.ok([200, 204].includes(elsewhere.status));
  await eventually(
    async () => (await ping(one.url, session.id)) === 404,
    'the end at the replica that began it',
    60_000,
  );
  assert.equal(await ping(one.url, other.id), 200);
  const late = await startReplica(t, target, redis.url);
  await eventually(
    async () => (await ping(late.url, session.id)) === 404,
    'the end at a replica that came later',
    60_000,
  );
  assert.equal(await ping(late.url, other.id), 200);
});

test('without Redis the gateways go on, and make up for it when Redis is back', limit, async (t) => {
  const remote = await startRemoteServer(t);
  const redis = redisServer(t, (await freePorts(1))[0] ?? 0);
  await redis.start();
  const target = new URL(remote.url);
  const [one, two] = await Promise.all([startReplica(t, target, redis.url), startReplica(t, target, redis.url)]);
  const session = await openRawSession(one.url);
  assert.equal(await ping(two.url, session.id), 200);
  await redis.kill();
  await eventually(() => one.said().includes('session.store cannot be reached'), 'the warning', 60_000);
  assert.ok([200, 204].includes(await session.delete()));
  assert.equal(await ping(one.url, session.id), 404);
  assert.equal(await ping(two.url, session.id), 200, 'nobody could tell it');
  await redis.start();
  await eventually(async () => (await ping(two.url, session.id)) === 404, 'the end at the other replica', 60_000);
});
