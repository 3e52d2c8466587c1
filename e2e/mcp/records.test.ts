import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway } from '../../testkit/gateway.ts';
import { startCountingServers } from './counting-servers.ts';
import { startMcpGateway } from './mcp-gateway.ts';
import { openRawSession } from './raw-session.ts';
import { startRemoteServer } from './remote-server.ts';

test('what a call was, and how long its target took, stands in the log and in metrics', async (t) => {
  const upstream = await startCountingServers(t);
  await using gateway = await startGateway(`
frontendPolicies:
  accessLog:
    add: { called: 'mcp.tool.target + " " + mcp.tool.name', said: 'mcp.tool.result.content[0].text' }
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
mcp:
  targets: [{ name: a, mcp: { host: "http://127.0.0.1:${upstream.port}/a" } }]`);
  const session = await openRawSession(new URL(`http://127.0.0.1:${gateway.port}/mcp`));
  await session.call('x');
  const [, line] = await gateway.lines(2);
  assert.partialDeepStrictEqual(line, {
    'mcp.method.name': 'tools/call',
    'mcp.target': 'a',
    'mcp.resource.type': 'tool',
    'gen_ai.tool.name': 'x',
    called: 'a x',
    said: 'called',
  });
  const called = { method: 'tools/call', resource_type: 'tool', server: 'a', resource: 'x' };
  assert.equal(gateway.metric('mcp_requests', called), 1);
  assert.equal(gateway.observations('upstream_call_duration_seconds', { kind: 'Primary', subtype: 'Mcp' }), 2);
  assert.equal(gateway.metric('mcp_sessions', {}), 1);
});

test('a client that ends its stream is no failure', async (t) => {
  const upstream = await startCountingServers(t);
  await using gateway = await startGateway(`
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
mcp:
  targets: [{ name: a, mcp: { host: "http://127.0.0.1:${upstream.port}/a" } }]`);
  const session = await openRawSession(new URL(`http://127.0.0.1:${gateway.port}/mcp`));
  const stop = new AbortController();
  await session.listen(stop.signal);
  stop.abort();
  const [, line] = await gateway.lines(2);
  assert.partialDeepStrictEqual(line, { 'http.method': 'GET', 'http.status': 200 });
  assert.deepEqual([line?.['reason'], line?.['error']], [undefined, undefined]);
});

test('calls to a target are counted over all workers', async (t) => {
  const remote = await startRemoteServer(t);
  const limits = { section: 'limits: { callsPerTarget: 3 }' };
  const gateway = await startMcpGateway(t, `- { name: r, mcp: { host: "${remote.url}" } }`, {}, limits);
  // Each request has a connection of its own, and thus any worker.
  const sessions = await Promise.all(Array.from({ length: 8 }, () => openRawSession(gateway.url)));
  const calls = sessions.map((session) => session.call('wait'));
  for (const end = Date.now() + 30_000; remote.waiting() < 3; await sleep(20)) assert.ok(Date.now() < end);
  let ended = 0;
  for (const call of calls) {
    void call.then(
      ({ text }) => {
        if (text.startsWith('MCP server')) ended++;
      },
      () => undefined,
    );
  }
  for (const end = Date.now() + 30_000; ended < 5; await sleep(20))
    assert.ok(Date.now() < end, `${ended} were refused`);
  assert.equal(remote.waiting(), 3);
  for (const session of sessions) await session.delete();
  await Promise.allSettled(calls);
});
