import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { closedHost } from '../../testkit/upstream.ts';
import { saying, serviceConfig, startNamed } from './service.ts';

/** How often each answer came in `count` requests. */
async function answers(
  port: number,
  count: number,
  headers: Record<string, string> = {},
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const { text } = await send(port, { headers });
    counts[text] = (counts[text] ?? 0) + 1;
  }
  return counts;
}

test('a service is served by its workloads, with the host that the client named', async () => {
  await using a = await startNamed('a');
  await using gateway = await startGateway(serviceConfig([a]));
  assert.equal((await send(gateway.port, { headers: { host: 'public.test' } })).text, 'a');
  assert.equal((await a.request(1)).headers.host, 'public.test');
});

test('round robin gives each endpoint its share by capacity', async () => {
  await using a = await startNamed('a');
  await using b = await startNamed('b');
  const places = [{ port: a.port, more: ', capacity: 3' }, b];
  await using gateway = await startGateway(
    serviceConfig(places, { policies: 'loadBalancing: { algorithm: roundRobin }' }),
  );
  assert.deepEqual(await answers(gateway.port, 16), { a: 12, b: 4 });
});

test('least loaded leaves nobody out, and leaves a slow endpoint alone', async () => {
  await using a = await startNamed('a');
  await using b = await startNamed('b');
  await using gateway = await startGateway(serviceConfig([a, b]));
  const before = await answers(gateway.port, 60);
  assert.ok((before['a'] ?? 0) > 0 && (before['b'] ?? 0) > 0, JSON.stringify(before));
  b.answer((request, response) => void setTimeout(() => saying('b')(request, response), 400));
  // Some request has to find out.
  while ((await send(gateway.port)).text !== 'b');
  const after = await answers(gateway.port, 30);
  assert.equal(after['b'] ?? 0, 0, JSON.stringify(after));
});

test('requests of one session stay at one endpoint, and only those of a lost endpoint move', async () => {
  await using a = await startNamed('a');
  await using b = await startNamed('b');
  await using c = await startNamed('c');
  const policies = `sessionAffinity: { source: 'request.headers["x-session"]' }`;
  await using gateway = await startGateway(serviceConfig([a, b, c], { policies }));
  const homes = new Map<string, string>();
  for (let i = 0; i < 30; i++)
    homes.set(`s${i}`, (await send(gateway.port, { headers: { 'x-session': `s${i}` } })).text);
  assert.equal(new Set(homes.values()).size, 3);
  for (const [session, home] of homes) {
    assert.equal((await send(gateway.port, { headers: { 'x-session': session } })).text, home);
  }
  await gateway.reload(serviceConfig([a, b], { policies }));
  for (const [session, home] of homes) {
    const { text } = await send(gateway.port, { headers: { 'x-session': session } });
    if (home !== 'c') assert.equal(text, home);
    else assert.notEqual(text, 'c');
  }
});

test('the next endpoint gets a request for which the first takes no connection', async () => {
  await using a = await startNamed('a');
  const gone = Number((await closedHost()).split(':')[1]);
  const policies = 'loadBalancing: { algorithm: roundRobin }';
  await using gateway = await startGateway(serviceConfig([{ port: gone }, a], { policies }));
  const body = Buffer.alloc(200_000, 'x');
  for (let i = 0; i < 12; i++) {
    const reply = await send(gateway.port, { method: 'POST', body });
    assert.deepEqual([reply.status, reply.text], [200, 'a']);
  }
  assert.equal(
    a.requests.every((request) => request.body.equals(body)),
    true,
  );
});

test('endpoints nearby come first, and those far away when nobody near is well', async () => {
  await using near = await startNamed('near');
  await using far = await startNamed('far');
  const config = 'config: { locality: { region: r, zone: z1 } }';
  const service = ', loadBalancer: { mode: Failover, healthPolicy: OnlyHealthy, routingPreferences: [Region, Zone] }';
  const places = [
    { port: far.port, more: ', locality: { region: r, zone: z2 }' },
    { port: near.port, more: ', locality: { region: r, zone: z1 }' },
  ];
  const policies = 'health: { eviction: { duration: 60s } }';
  await using gateway = await startGateway(serviceConfig(places, { config, service, policies }));
  assert.deepEqual(await answers(gateway.port, 10), { near: 10 });
  near.answer((_request, response) => response.writeHead(500).end('failed'));
  assert.deepEqual(await answers(gateway.port, 5), { failed: 1, far: 4 });
});

test('a service without endpoints is a 503', async () => {
  await using gateway = await startGateway(serviceConfig([]));
  assert.equal((await send(gateway.port)).status, 503);
});
