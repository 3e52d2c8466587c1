/** Limits that Envoy's own rate limit service keeps in Redis. */
import assert from 'node:assert/strict';
import { before, test, type TestContext } from 'node:test';
import { eventually, send } from '../../../testkit/client.ts';
import { oneRoute } from '../../../testkit/configurations.ts';
import { freePorts } from '../../../testkit/free-ports.ts';
import { startGateway } from '../../../testkit/gateway.ts';
import { startUpstream } from '../../../testkit/upstream.ts';
import { redisServer } from '../../fleet/redis-server.ts';
import { installServices, startRateLimit, type RunningService } from './programs.ts';

before(installServices, { timeout: 600_000 });

const limits = `domain: waygate
descriptors:
- key: user
  rate_limit: { unit: hour, requests_per_unit: 3 }
- key: path
  value: /dear
  rate_limit: { unit: hour, requests_per_unit: 10 }
- key: open
  rate_limit: { unit: hour, requests_per_unit: 1000 }
- key: tokens
  rate_limit: { unit: hour, requests_per_unit: 200 }
`;

async function startService(t: TestContext): Promise<RunningService> {
  const [port = 0] = await freePorts(1);
  const redis = redisServer(t, port);
  await redis.start();
  return startRateLimit(limits, `127.0.0.1:${port}`);
}

const entries = (key: string, value: string): string => `entries: [{ key: ${key}, value: '${value}' }]`;

test('requests are limited by what the service knows of their descriptors', async (t) => {
  await using service = await startService(t);
  await using upstream = await startUpstream();
  const policies = `
    remoteRateLimit:
      domain: waygate
      host: "${service.host}"
      descriptors:
      - { ${entries('user', 'request.headers["x-user"]')} }
      - { ${entries('path', 'request.path')}, cost: 'request.path == "/dear" ? 6 : 0' }
      - ${entries('open', 'request.headers["x-plan"]')}
        limitOverride: '{"unit": "hour", "requestsPerUnit": int(request.headers["x-most"])}'`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const ask = async (path: string, fields: Record<string, string>): Promise<(string | number | undefined)[]> => {
    const { status, headers } = await send(gateway.port, { path, headers: { host: 'a.example', ...fields } });
    const { 'x-ratelimit-limit': most, 'x-ratelimit-remaining': left } = headers;
    return [status, String(most), String(left)];
  };
  assert.deepEqual(await ask('/', { 'x-user': 'a' }), [200, '3', '2']);
  assert.deepEqual(await ask('/', { 'x-user': 'a' }), [200, '3', '1']);
  assert.deepEqual(await ask('/', { 'x-user': 'b' }), [200, '3', '2']);
  assert.deepEqual(await ask('/', { 'x-user': 'a' }), [200, '3', '0']);
  assert.deepEqual(await ask('/', { 'x-user': 'a' }), [429, '3', '0']);
  // Without a user that descriptor is left out; the cost of a path counts.
  assert.deepEqual(await ask('/dear', {}), [200, '10', '4']);
  assert.equal((await ask('/dear', {}))[0], 429);
  // The request says its own limit.
  const plan = { 'x-plan': 'gold', 'x-most': '2' };
  assert.deepEqual(await ask('/', plan), [200, '2', '1']);
  assert.deepEqual(await ask('/', plan), [200, '2', '0']);
  const refused = await send(gateway.port, { path: '/', headers: { host: 'a.example', ...plan } });
  assert.equal(refused.status, 429);
  assert.match(refused.text, /rateLimitExceeded/);
  assert.ok(Number(refused.headers['retry-after']) > 0);
});

test('tokens of LLM calls are counted when they are known', async (t) => {
  await using service = await startService(t);
  await using gateway = await startGateway(`gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
llm:
  models: [{ name: "*", provider: demo }]
  policies:
    remoteRateLimit:
      domain: waygate
      host: "${service.host}"
      descriptors: [{ ${entries('tokens', '"all"')}, type: tokens }]
`);
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'How many tokens is this?' }] });
  let used = 0;
  const ask = async (): Promise<number> => {
    const { status, text } = await send(gateway.port, { method: 'POST', path: '/v1/chat/completions', body });
    const { usage } = JSON.parse(text) as { readonly usage?: { readonly total_tokens: number } };
    used += usage?.total_tokens ?? 0;
    return status;
  };
  assert.equal(await ask(), 200);
  await eventually(async () => (await ask()) === 429, 'the end of the tokens');
  // What was counted is told after the answer: a call or two may pass meanwhile.
  assert.ok(used >= 200 && used < 500, String(used));
});

test('while the service is gone requests are refused, or pass where the file says so', async () => {
  const [closed = 0] = await freePorts(1);
  await using upstream = await startUpstream();
  for (const [failureMode, status] of [
    ['failClosed', 500],
    ['failOpen', 200],
  ] as const) {
    const policies = `
    remoteRateLimit:
      domain: waygate
      host: "127.0.0.1:${closed}"
      failureMode: ${failureMode}
      descriptors: [{ ${entries('user', '"a"')} }]`;
    await using gateway = await startGateway(oneRoute(policies, upstream.host));
    assert.equal((await send(gateway.port, { path: '/', headers: { host: 'a.example' } })).status, status);
  }
});
