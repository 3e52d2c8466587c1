import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, RawClient, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startRawUpstream, startUpstream } from '../../testkit/upstream.ts';

const direct = '{ directResponse: { status: 200, body: ok } }';
const http = (settings: string): string => `frontendPolicies: { http: { ${settings} } }`;

test('requests beyond the limit in flight are 503 with Retry-After, and counted; the place is given back', async () => {
  await using upstream = await startRawUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host, http('maxRequests: 2')));
  const clients = [0, 1].map(() => RawClient.connect(gateway.port));
  for (const client of clients) client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await upstream.connection(1);
  const refused = await send(gateway.port);
  assert.deepEqual([refused.status, JSON.parse(refused.text).error.reason], [503, 'overloaded']);
  assert.equal(refused.headers['retry-after'], '1');
  assert.equal(gateway.metric('limit_rejections', { limit: 'requests' }), 1);
  clients[0]?.socket.resetAndDestroy();
  await eventually(() => gateway.metric('requests_in_flight') === 1);
  const next = RawClient.connect(gateway.port);
  next.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  (await upstream.connection(2)).write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  await next.has('\r\n\r\nok');
  for (const client of [...clients, next]) client.destroy();
});

test('connections beyond the limit get 503 and are counted; the place is given back', async () => {
  const limit = 'frontendPolicies: { tcp: { maxConnections: 2 } }';
  await using gateway = await startGateway(oneRoute(direct, [], limit));
  const clients = [0, 1].map(() => RawClient.connect(gateway.port));
  for (const client of clients) {
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await client.has('ok');
  }
  const refused = await send(gateway.port);
  assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '1']);
  assert.equal(gateway.metric('limit_rejections', { limit: 'connections' }), 1);
  clients[0]?.destroy();
  await eventually(() => gateway.metric('connections_open') === 1);
  assert.equal((await send(gateway.port)).status, 200);
  clients[1]?.destroy();
});

test('a limit of connections that a reload sets holds for those that come after, whatever older ones do', async () => {
  await using gateway = await startGateway(oneRoute(direct));
  const connect = async (): Promise<RawClient> => {
    const client = RawClient.connect(gateway.port);
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await client.has('ok');
    return client;
  };
  const old = [await connect(), await connect()];
  await gateway.reload(oneRoute(direct, [], 'frontendPolicies: { tcp: { maxConnections: 2 } }'));
  const counted = [await connect(), await connect()];
  for (const client of old) client.destroy();
  await eventually(() => gateway.metric('connections_open') === 2);
  assert.equal((await send(gateway.port)).status, 503);
  for (const client of counted) client.destroy();
  await eventually(() => gateway.metric('connections_open') === 0);
  for (const client of [await connect(), await connect()]) client.destroy();
});

test('a head that is too large, has too many fields or too long a target is refused and never forwarded', async () => {
  await using upstream = await startUpstream();
  const limits = http('maxHeadSize: 2048, maxUriLength: 300, http1MaxHeaders: 10');
  await using gateway = await startGateway(oneRoute('', upstream.host, limits));
  const answer = async (request: string): Promise<string> => {
    const client = RawClient.connect(gateway.port);
    client.write(request);
    const text = await client.rest();
    client.destroy();
    return `${/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]} ${/"reason":"(\w+)"/.exec(text)?.[1]}`;
  };
  const get = (target: string, fields = ''): string => `GET ${target} HTTP/1.1\r\nhost: a\r\n${fields}\r\n`;
  assert.equal(await answer(get(`/${'x'.repeat(300)}`)), '414 uriTooLong');
  assert.equal(await answer(get('/', `x-long: ${'x'.repeat(2048)}\r\n`)), '431 headersTooLarge');
  assert.equal(await answer(get('/', 'x-many: 1\r\n'.repeat(10))), '431 headersTooLarge');
  assert.equal(await answer('GET / HTTP/1.1\r\nhost: a\r\nbad field: 1\r\n\r\n'), '400 badRequest');
  assert.equal(await answer('GET / HTTP/1.1\r\n\r\n'), '400 badRequest');
  assert.equal(
    await answer('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n'),
    '400 badRequest',
  );
  assert.equal(upstream.requests.length, 0);
  const lines = await gateway.lines(6);
  assert.deepEqual(
    lines.map((line) => line['http.status']),
    [414, 431, 431, 400, 400, 400],
  );
  assert.equal(gateway.metric('requests', { status: '431', reason: 'headersTooLarge' }), 2);
});

test('a head that comes too slowly is 408, an idle connection just closes', async () => {
  await using gateway = await startGateway(oneRoute(direct, [], http('headTimeout: 100ms, http1IdleTimeout: 200ms')));
  const slow = RawClient.connect(gateway.port);
  slow.write('GET / HTTP/1.1\r\nho');
  assert.match(await slow.rest(), /^HTTP\/1\.1 408 [^]*"reason":"requestTimeout"/);
  const idle = RawClient.connect(gateway.port);
  idle.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  assert.ok((await idle.rest()).endsWith('\r\n\r\nok'));
  const silent = RawClient.connect(gateway.port);
  assert.equal(await silent.rest(), '');
  for (const client of [slow, idle, silent]) client.destroy();
  assert.equal((await gateway.lines(2)).length, 2);
});

test('the rest of a body that nobody wants is not waited for without end', async () => {
  await using gateway = await startGateway(oneRoute(direct, [], http('headTimeout: 100ms')));
  const client = RawClient.connect(gateway.port);
  client.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nstart');
  assert.match(await client.rest(), /\r\n\r\nok$/);
  client.destroy();
});

test('a connection that has reached its age closes with the answer', async () => {
  await using gateway = await startGateway(oneRoute(direct, [], http('maxConnectionDuration: 50ms')));
  const client = RawClient.connect(gateway.port);
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await client.rest();
  client.destroy();
});

test('a loopback listener refuses hosts and origins of other machines', async () => {
  const config = `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"], allowedHosts: loopback }
routes: [{ policies: ${direct} }]`;
  await using gateway = await startGateway(config);
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await send(gateway.port, { headers })).status;
  for (const host of [
    'localhost',
    `localhost:${gateway.port}`,
    '127.0.0.1',
    '127.8.9.10:1',
    '[::1]:80',
    'x.localhost',
  ]) {
    assert.equal(await status({ host }), 200, host);
  }
  for (const host of ['evil.test', 'localhost.evil.test', '10.0.0.1', '127.0.0.1.evil.test', '[::2]', '0.0.0.0']) {
    assert.equal(await status({ host }), 403, host);
  }
  assert.equal(await status({ host: 'localhost', origin: 'http://localhost:3000' }), 200);
  assert.equal(await status({ host: 'localhost', origin: 'https://[::1]' }), 200);
  for (const origin of ['http://evil.test', 'null', 'http://localhost.evil.test', 'http://evil.test@localhost.x']) {
    assert.equal(await status({ host: 'localhost', origin }), 403, origin);
  }
  const client = RawClient.connect(gateway.port);
  client.write('GET / HTTP/1.0\r\n\r\n');
  assert.match(await client.rest(), /^HTTP\/1\.1 403 /);
});
