import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, RawClient } from '../../testkit/client.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { echo, named, rawServer } from './servers.ts';

/** A gateway with protocol TCP and one route. */
function tcp(backends: string, more = ''): string {
  return `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"], protocol: TCP }
tcpRoutes:
- name: only
  backends: ${backends}
${more}`;
}

test('bytes pass both ways, also where the server speaks first', async () => {
  await using server = await rawServer(named('hello'));
  await using gateway = await startGateway(tcp(`[{ host: "${server.host}" }]`));
  const client = RawClient.connect(gateway.port);
  await client.has('hello:');
  client.write('ping');
  await client.has('hello:ping');
  client.socket.end('!');
  assert.equal(await client.rest(), 'hello:ping!');
  const [line] = await gateway.lines(1);
  assert.match(String(line?.['duration']), /ms$/);
  assert.deepEqual(
    { ...line, time: '', duration: '', 'src.addr': '' },
    {
      level: 'info',
      time: '',
      scope: 'request',
      gateway: 'default/default',
      listener: 'default',
      route: 'default/only',
      endpoint: server.host,
      'src.addr': '',
      protocol: 'tcp',
      'waygate.bytes.received': 5,
      'waygate.bytes.sent': 11,
      duration: '',
    },
  );
  const labels = { listener: 'default', protocol: 'tcp' };
  assert.equal(gateway.metric('downstream_received_bytes', labels), 5);
  assert.equal(gateway.metric('downstream_sent_bytes', labels), 11);
  assert.equal(gateway.metric('downstream_connections', { protocol: 'tcp' }), 1);
  await eventually(() => gateway.metric('connections_open') === 0);
});

test('the end of one direction is not the end of the other', async () => {
  // Says nothing before the client has said everything.
  await using server = await rawServer((socket) => {
    let said = '';
    socket.on('data', (chunk) => (said += chunk.toString()));
    socket.on('end', () => socket.end(`you said ${said}`));
  });
  await using gateway = await startGateway(tcp(`[{ host: "${server.host}" }]`));
  const client = RawClient.connect(gateway.port);
  client.socket.end('everything');
  assert.equal(await client.rest(), 'you said everything');

  await using first = await rawServer((socket) => {
    socket.end('goodbye');
    socket.on('data', (chunk) => got.push(chunk.toString()));
  });
  const got: string[] = [];
  await gateway.reload(tcp(`[{ host: "${first.host}" }]`));
  const late = RawClient.connect(gateway.port);
  await late.until(() => late.ended);
  late.socket.end('still here');
  await eventually(() => got.join('') === 'still here', 'what came after the end of the other direction');
});

test('large amounts pass whole, and a side that does not read stops the other', async () => {
  await using server = await rawServer(echo);
  await using gateway = await startGateway(tcp(`[{ host: "${server.host}" }]`));
  const size = 60_000_000;
  const client = RawClient.connect(gateway.port);
  client.socket.removeAllListeners('data');
  client.socket.pause();
  client.socket.end(Buffer.alloc(size, 'x'));
  await eventually(() => gateway.metric('downstream_received_bytes') > 0);
  let before = -1;
  await eventually(() => {
    const now = gateway.metric('downstream_received_bytes');
    const still = now === before;
    before = now;
    return still && now > 0;
  }, 'a standstill');
  assert.ok(before < size);
  let received = 0;
  client.socket.on('data', (chunk: Buffer) => (received += chunk.length));
  client.socket.resume();
  await client.until(() => client.ended);
  assert.equal(received, size);
  const [line] = await gateway.lines(1);
  assert.equal(line?.['waygate.bytes.sent'], size);
  assert.equal(line?.['reason'], undefined);
});

test('backends get connections by their weights', async () => {
  await using a = await rawServer(named('a'));
  await using b = await rawServer(named('b'));
  await using never = await rawServer(named('never'));
  await using gateway = await startGateway(
    tcp(`[{ host: "${a.host}", weight: 3 }, { host: "${b.host}" }, { host: "${never.host}", weight: 0 }]`),
  );
  for (let i = 0; i < 80; i++) {
    const client = RawClient.connect(gateway.port);
    await client.has(':');
    client.destroy();
  }
  assert.equal(a.accepted + b.accepted, 80);
  assert.equal(never.accepted, 0);
  // Outside of this by chance once in ten million runs.
  assert.ok(a.accepted > 38 && a.accepted < 79, `${a.accepted} of 80`);
});

test('a named backend brings its own settings', async () => {
  await using server = await rawServer(named('named'));
  await using gateway = await startGateway(
    tcp('[{ backend: db }]', `backends: [{ name: db, host: "${server.host}" }]`),
  );
  const client = RawClient.connect(gateway.port);
  await client.has('named:');
  client.destroy();
});

test('a connection may say where it goes', async () => {
  await using server = await rawServer(named('here'));
  await using gateway = await startGateway(
    tcp(`[{ dynamic: { target: "source.address == '127.0.0.1' ? '${server.host}' : 'nowhere'" } }]`),
  );
  const client = RawClient.connect(gateway.port);
  await client.has('here:');
  client.destroy();
  await gateway.lines(1);
  await gateway.reload(tcp('[{ dynamic: {} }]'));
  const lost = RawClient.connect(gateway.port);
  await lost.until(() => lost.closed);
  const lines = await gateway.lines(2);
  assert.equal(lines[1]?.['reason'], 'noBackend');
});

test('where nobody answers the client is cut off, and the log says why', async () => {
  const [port = 0] = await freePorts(1);
  await using gateway = await startGateway(tcp(`[{ host: "127.0.0.1:${port}" }]`));
  const client = RawClient.connect(gateway.port);
  await client.until(() => client.closed);
  assert.equal(client.error?.code, 'ECONNRESET');
  const [line] = await gateway.lines(1);
  assert.equal(line?.['reason'], 'connectFailed');
  assert.equal(line?.['endpoint'], `127.0.0.1:${port}`);
  assert.match(String(line?.['error']), /ECONNREFUSED/);
});

test('all addresses of a name are tried', async () => {
  // `localhost` is 127.0.0.1 and ::1, and the server is on one of them.
  await using server = await rawServer(named('up'));
  await using gateway = await startGateway(tcp(`[{ host: "localhost:${server.port}" }]`));
  for (let i = 0; i < 8; i++) {
    const client = RawClient.connect(gateway.port);
    await client.has('up:');
    client.destroy();
  }
});

test('a side that breaks breaks the other', async () => {
  await using server = await rawServer(named('s'));
  await using gateway = await startGateway(tcp(`[{ host: "${server.host}" }]`));
  const client = RawClient.connect(gateway.port);
  await client.has('s:');
  for (const socket of server.sockets) socket.resetAndDestroy();
  await client.until(() => client.closed);
  assert.equal(client.error?.code, 'ECONNRESET');
  const again = RawClient.connect(gateway.port);
  await again.has('s:');
  again.socket.resetAndDestroy();
  await eventually(() => server.sockets.size === 0, 'the end at the server');
  const lines = await gateway.lines(2);
  assert.deepEqual(
    lines.map((line) => line['reason']),
    ['upstreamReset', 'clientGone'],
  );
});

test('a connection on which nothing passes is closed', async () => {
  await using server = await rawServer(named('idle'));
  await using gateway = await startGateway(
    tcp(`[{ host: "${server.host}" }]`, 'frontendPolicies: { tcp: { idleTimeout: 100ms } }'),
  );
  const client = RawClient.connect(gateway.port);
  await client.until(() => client.closed);
  await eventually(() => server.sockets.size === 0);
  const [line] = await gateway.lines(1);
  assert.equal(line?.['reason'], 'idleTimeout');
});

test('one connection too many is reset, and counted', async () => {
  await using server = await rawServer(named('s'));
  await using gateway = await startGateway(
    tcp(`[{ host: "${server.host}" }]`, 'frontendPolicies: { tcp: { maxConnections: 1 } }'),
  );
  const first = RawClient.connect(gateway.port);
  await first.has('s:');
  const second = RawClient.connect(gateway.port);
  await second.until(() => second.closed);
  assert.equal(second.error?.code, 'ECONNRESET');
  assert.equal(gateway.metric('limit_rejections', { limit: 'connections' }), 1);
  first.socket.end();
  await first.rest();
  await eventually(() => gateway.metric('connections_open') === 0);
  const third = RawClient.connect(gateway.port);
  await third.has('s:');
  third.destroy();
});

test('a Unix socket can be the backend', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waygate-tcp-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'x.sock');
  const server = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => server.close());
  await using gateway = await startGateway(tcp(`[{ host: "unix:${path}" }]`));
  const client = RawClient.connect(gateway.port);
  client.socket.end('over the file');
  assert.equal(await client.rest(), 'over the file');
  const [line] = await gateway.lines(1);
  assert.equal(line?.['endpoint'], `unix:${path}`);
});

test('connections go on over reloads; those of a listener that is gone get the time of a shutdown', async () => {
  await using old = await rawServer(named('old'));
  await using fresh = await rawServer(named('fresh'));
  const process = 'config: { connectionTerminationDeadline: 300ms }';
  await using gateway = await startGateway(tcp(`[{ host: "${old.host}" }]`, process));
  const kept = RawClient.connect(gateway.port);
  await kept.has('old:');
  await gateway.reload(tcp(`[{ host: "${fresh.host}" }]`, process));
  kept.write('1');
  await kept.has('old:1');
  const next = RawClient.connect(gateway.port);
  await next.has('fresh:');
  // The port stays, its listener is another.
  await gateway.reload(`
${process}
gateways:
  default: { port: $PORT, address: ["127.0.0.1"], listeners: [{ name: other, protocol: TCP }] }
tcpRoutes: [{ backends: [{ host: "${fresh.host}" }] }]`);
  await kept.until(() => kept.closed);
  await next.until(() => next.closed);
  const lines = await gateway.lines(2);
  assert.deepEqual(
    lines.map((line) => line['reason']),
    ['draining', 'draining'],
  );
});

test('connections end with the process, in the time that a shutdown has', async () => {
  await using server = await rawServer(named('s'));
  await using gateway = await startGateway(tcp(`[{ host: "${server.host}" }]`));
  const client = RawClient.connect(gateway.port);
  await client.has('s:');
  const drained = gateway.plane.drain(0, 200);
  client.write('still');
  await client.has('s:still');
  await drained;
  await client.rest();
  const [line] = await gateway.lines(1);
  assert.equal(line?.['reason'], 'draining');
});

test('expressions of the access log see the connection', async () => {
  await using server = await rawServer(echo);
  await using gateway = await startGateway(
    tcp(
      `[{ host: "${server.host}" }]`,
      `frontendPolicies: { accessLog: { add: { from: source.address, who: backend.name, way: proxy.route.name }, remove: [duration] } }`,
    ),
  );
  const client = RawClient.connect(gateway.port);
  client.socket.end('x');
  await client.rest();
  const [line] = await gateway.lines(1);
  assert.equal(line?.['from'], '127.0.0.1');
  assert.match(String(line?.['who']), /backend0$/);
  assert.equal(line?.['way'], 'only');
  assert.equal(line?.['duration'], undefined);
});

test('a service shares connections among its endpoints by weight and priority, past those that do not answer', async () => {
  await using one = await rawServer(named('one'));
  await using two = await rawServer(named('two'));
  const [dead = 0] = await freePorts(1);
  const workload = (uid: string, host: string, capacity = 1): string =>
    `- { uid: ${uid}, name: ${uid}, namespace: ns, workloadIps: [127.0.0.1], capacity: ${capacity}, services: { ns/db.example: { "5432": ${host.split(':')[1]} } } }`;
  await using gateway = await startGateway(
    tcp(
      '[{ service: { name: ns/db.example, port: 5432 } }]',
      `services: [{ name: db, namespace: ns, hostname: db.example, ports: { "5432": 5432 } }]
workloads:
${workload('a', one.host)}
${workload('b', two.host)}
${workload('c', `127.0.0.1:${dead}`, 5)}
${workload('d', `127.0.0.1:${dead}`, 0)}`,
    ),
  );
  const seen = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const client = RawClient.connect(gateway.port);
    await client.has(':');
    seen.add(client.received);
    client.destroy();
  }
  assert.deepEqual([...seen].toSorted(), ['one:', 'two:']);
});
