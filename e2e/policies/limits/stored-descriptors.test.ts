/** Limits by descriptor that stand in the file and count in a real Redis, for two gateways. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { freePorts } from '../../../testkit/free-ports.ts';
import { redisServer } from '../../fleet/redis-server.ts';
import { configFile, processPorts, processSection, startWaygate } from '../../process/waygate-process.ts';
import { run, served } from './load.ts';

const limit = { timeout: 120_000 };

async function startReplica(t: TestContext, store: string, route: string, domain = 'd'): Promise<string> {
  const ports = await processPorts();
  const file = configFile(
    t,
    `${processSection(ports, 2)}
${route.replace('$PORT', String(ports.data))}
    remoteRateLimit:
      domain: ${domain}
      store: ${store}
      descriptors:
      - { entries: [{ key: user, value: 'request.headers["x-user"]' }] }
      - { entries: [{ key: user, value: 'request.headers["x-user"]' }, { key: path, value: request.path }] }
      - { entries: [{ key: team, value: 'request.headers["x-team"]' }], type: tokens }
      # As envoyproxy/ratelimit writes it.
      limits:
      - key: user
        rate_limit: { unit: hour, requests_per_unit: 12 }
        descriptors:
        - { key: path, value: /dear, rate_limit: { unit: hour, requests_per_unit: 3 } }
      - { key: user, value: root, rate_limit: { unlimited: true } }
      - { key: team, rateLimit: { unit: day, requestsPerUnit: 40 } }
`,
  );
  const waygate = startWaygate(t, { args: ['-f', file] });
  await waygate.says('ready');
  return `http://127.0.0.1:${ports.data}`;
}

const answers = `gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
routes:
- name: limited
  policies:
    directResponse: { status: 200, body: ok }`;

const llm = `llm:
  port: $PORT
  models: [{ name: "*", provider: demo }]
  policies:`;

const ask = (url: string, user: string, path = '/'): Promise<Response> =>
  fetch(url + path, { headers: { 'x-user': user, connection: 'close' } });

test('two gateways share limits by descriptor that stand in their files', limit, async (t) => {
  const redis = redisServer(t, (await freePorts(1))[0] ?? 0);
  await redis.start();
  const store = `{ url: "${redis.url}", timeout: 5s }`;
  const urls = await Promise.all([startReplica(t, store, answers), startReplica(t, store, answers)]);
  const load = { urls, clients: 16, durationMs: 1500 };
  const outcomes = await run({ ...load, init: () => ({ headers: { 'x-user': 'ann' } }) });
  assert.equal(served(outcomes).length, 12);
  assert.deepEqual(new Set(outcomes.map(({ status }) => status)), new Set([200, 429]));

  const [one, two] = urls;
  // What the path refuses takes nothing of the user.
  for (const [url, status] of [
    [one, 200],
    [two, 200],
    [one, 200],
    [two, 429],
    [one, 429],
  ] as const) {
    const reply = await ask(url, 'bob', '/dear');
    assert.equal(reply.status, status);
    assert.equal(reply.headers.has('retry-after'), status === 429);
    assert.deepEqual(
      [reply.headers.get('x-ratelimit-limit'), Number(reply.headers.get('x-ratelimit-reset')) <= 3600],
      ['3', true],
    );
  }
  const rest = await Promise.all(Array.from({ length: 12 }, () => ask(one, 'bob')));
  assert.equal(rest.filter(({ status }) => status === 200).length, 9);
  for (let i = 0; i < 15; i++) assert.equal((await ask(two, 'root')).status, 200);
  // Another domain is another limit.
  const other = await startReplica(t, store, answers, 'e');
  assert.equal((await ask(other, 'ann')).status, 200);
});

test('tokens of LLM calls count by descriptor, after each call', limit, async (t) => {
  const redis = redisServer(t, (await freePorts(1))[0] ?? 0);
  await redis.start();
  const url = await startReplica(t, `"${redis.url}"`, llm);
  const chat = async (team: string): Promise<Response> =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-team': team, 'x-user': 'root' },
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'How many?' }] }),
    });
  let used = 0;
  let last = await chat('red');
  for (let i = 0; last.status === 200 && i < 100; i++) {
    used += ((await last.json()) as { readonly usage: { readonly total_tokens: number } }).usage.total_tokens;
    last = await chat('red');
  }
  assert.equal(last.status, 429, await last.text());
  assert.ok(used >= 40, String(used));
  assert.equal((await chat('blue')).status, 200);
});

test('a store that does not answer refuses, or lets pass where the file says so', limit, async (t) => {
  const [port = 0] = await freePorts(1);
  const closed = await startReplica(t, `"redis://127.0.0.1:${port}"`, answers);
  assert.equal((await ask(closed, 'ann')).status, 500);
  const open = await startReplica(t, `"redis://127.0.0.1:${port}"\n      failureMode: failOpen`, answers);
  for (let i = 0; i < 14; i++) assert.equal((await ask(open, 'ann')).status, 200);
});
