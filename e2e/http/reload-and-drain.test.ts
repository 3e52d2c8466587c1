import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { eventually, RawClient, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startRawUpstream, startUpstream } from '../../testkit/upstream.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const direct = (body: string): string => `{ directResponse: { status: 200, body: ${body} } }`;
const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

test('a request in flight ends on the configuration that it began with, the next one sees the new', async () => {
  await using upstream = await startRawUpstream();
  const marked = (mark: string): string => `{ responseHeaderModifier: { set: { x-mark: ${mark} } } }`;
  await using gateway = await startGateway(oneRoute(marked('old'), upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write(get);
  const connection = await upstream.connection(0);
  await connection.has('GET');
  await gateway.reload(oneRoute(direct('new')));
  connection.write(ok);
  await client.has('\r\n\r\nok');
  assert.match(client.received, /x-mark: old/);
  client.write(get);
  await client.has('\r\n\r\nnew');
  assert.equal(gateway.metric('downstream_connections'), 1);
  // Nothing holds the old configuration's upstream any more.
  await connection.until(() => connection.ended || connection.closed, 'the end of the old upstream connection');
  client.destroy();
});

test('an unchanged upstream keeps its connections over a reload', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  await send(gateway.port);
  await gateway.reload(oneRoute('{ timeout: { requestTimeout: 10s } }', upstream.host));
  await send(gateway.port);
  assert.deepEqual(
    upstream.requests.map(({ connection }) => connection),
    [0, 0],
  );
});

test('a bind that goes closes idle connections, lets requests end, and answers one that was arriving', async () => {
  await using upstream = await startRawUpstream();
  const two = `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
  other: { port: $PORT1, address: ["127.0.0.1"] }
routes: [{ gateways: other, backends: [{ host: "${upstream.host}" }] }, { gateways: default, policies: ${direct('one')} }]`;
  await using gateway = await startGateway(two);
  const [, other = 0] = gateway.ports;
  const idle = RawClient.connect(other);
  const busy = RawClient.connect(other);
  const arriving = RawClient.connect(other);
  await once(idle.socket, 'connect');
  busy.write(get);
  const connection = await upstream.connection(0);
  arriving.write('GET / HTTP/1.1\r\nho');
  await new Promise((resolve) => setTimeout(resolve, 50));
  await gateway.reload(oneRoute(direct('one')));
  assert.equal(await idle.rest(), '');
  arriving.write('st: a\r\n\r\n');
  assert.match(await arriving.rest(), /^HTTP\/1\.1 503 [^]*retry-after: 1[^]*"reason":"draining"/);
  connection.write(ok);
  assert.match(await busy.rest(), /^HTTP\/1\.1 200 [^]*connection: close[^]*\r\n\r\nok$/);
  await assert.rejects(send(other), { code: 'ECONNREFUSED' });
  assert.equal((await send(gateway.port)).text, 'one');
  // The refused one is recorded too.
  const lines = await gateway.lines(3);
  assert.equal(lines.filter((line) => line['reason'] === 'draining').length, 1);
});

test('requests of a bind that is gone are still waited for when the gateway stops', async () => {
  await using upstream = await startRawUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write(get);
  const connection = await upstream.connection(0);
  await gateway.reload(oneRoute(direct('x')).replace('$PORT', '$PORT1'));
  const drained = gateway.plane.drain(0, 5000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  connection.write(ok);
  await drained;
  assert.match(await client.rest(), /\r\n\r\nok$/);
});

test('a port that comes back in the next reload is served again', async () => {
  await using gateway = await startGateway(oneRoute(direct('one')));
  await gateway.reload(oneRoute(direct('two')).replace('$PORT', '$PORT1'));
  await gateway.reload(oneRoute(direct('three')));
  assert.equal((await send(gateway.port)).text, 'three');
});

test('a configuration that cannot be served is refused with nothing changed', async () => {
  await using gateway = await startGateway(oneRoute(direct('good')));
  const kept = RawClient.connect(gateway.port);
  kept.write(get);
  await kept.has('good');
  const squatter = createServer().listen(gateway.ports[1], '127.0.0.1');
  await once(squatter, 'listening');
  const taken = `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
  free: { port: $PORT2, address: ["127.0.0.1"] }
  taken: { port: $PORT1, address: ["127.0.0.1"] }
routes: [{ policies: ${direct('bad')} }]`;
  await assert.rejects(gateway.reload(taken), /EADDRINUSE/);
  await assert.rejects(gateway.reload('routes: nonsense'));
  squatter.close();
  assert.equal((await send(gateway.port)).text, 'good');
  await assert.rejects(send(gateway.ports[2] ?? 0), { code: 'ECONNREFUSED' });
  kept.write(get);
  await kept.until(() => kept.received.split('good').length === 3);
  kept.destroy();
});

test('a limit that a reload changes applies to what comes, and counts stay right', async () => {
  await using upstream = await startRawUpstream();
  const limited = (n: number): string =>
    oneRoute('', upstream.host, `frontendPolicies: { http: { maxRequests: ${n} } }`);
  await using gateway = await startGateway(limited(1));
  const first = RawClient.connect(gateway.port);
  first.write(get);
  await upstream.connection(0);
  assert.equal((await send(gateway.port)).status, 503);
  await gateway.reload(limited(2));
  const second = RawClient.connect(gateway.port);
  second.write(get);
  await upstream.connection(1);
  assert.equal((await send(gateway.port)).status, 503);
  for (const [i, client] of [first, second].entries()) {
    (await upstream.connection(i)).write(ok);
    await client.has('\r\n\r\nok');
    client.destroy();
  }
  await gateway.reload(limited(1));
  const third = RawClient.connect(gateway.port);
  third.write(get);
  const again = (): RawClient | undefined =>
    upstream.connections.find(({ received }) => received.split('GET ').length === 3);
  await eventually(() => again() !== undefined, 'the third request at the upstream');
  again()?.write(ok);
  await third.has('\r\n\r\nok');
  third.destroy();
});

test('a drain refuses new connections, lets requests end, and cuts what exceeds the deadline', async () => {
  await using upstream = await startRawUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const quick = RawClient.connect(gateway.port);
  const stuck = RawClient.connect(gateway.port);
  quick.write(get);
  const answering = await upstream.connection(0);
  stuck.write(get);
  await upstream.connection(1);
  const before = performance.now();
  const drained = gateway.plane.drain(0, 400);
  await assert.rejects(send(gateway.port), { code: 'ECONNREFUSED' });
  answering.write(ok);
  assert.match(await quick.rest(), /connection: close[^]*\r\n\r\nok$/);
  await drained;
  assert.ok(performance.now() - before >= 390);
  await stuck.until(() => stuck.closed || stuck.ended);
  assert.equal((await gateway.lines(2)).length, 2);
});

test('a request that is on its way when a drain begins is answered, and is the last; without one the connection closes', async () => {
  await using gateway = await startGateway(oneRoute(direct('x')));
  const fresh = RawClient.connect(gateway.port);
  const kept = RawClient.connect(gateway.port);
  const idle = RawClient.connect(gateway.port);
  kept.write(get);
  await kept.has('\r\n\r\nx');
  await eventually(() => gateway.metric('downstream_connections') === 3);
  const drained = gateway.plane.drain(0, 5000);
  for (const client of [fresh, kept]) {
    client.write(get);
    assert.match(await client.rest(), /connection: close[^]*\r\n\r\nx$/);
  }
  assert.equal(await idle.rest(), '');
  await drained;
});
