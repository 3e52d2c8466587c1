import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificates, pem } from '../../testkit/certificates.ts';
import { eventually, RawClient, send } from '../../testkit/client.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Answer } from '../../testkit/upstream.ts';
import { startHealthService } from '../balance/health-service.ts';
import { get, processPorts, processSection, startWaygate } from '../process/waygate-process.ts';
import { echo, named, rawServer, secureClient } from './servers.ts';

const { a: certificate } = certificates;

/** A gateway with protocol TCP, and one route to a service with these endpoints. */
function service(ports: readonly number[], policies: string): string {
  const workloads = ports.map(
    (port, i) =>
      `- { uid: w${i}, name: w${i}, namespace: ns, workloadIps: [127.0.0.1], services: { ns/db.test: { "5432": ${port} } } }`,
  );
  return `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"], protocol: TCP }
services: [{ name: db, namespace: ns, hostname: db.test, vips: [], ports: { "5432": 5432 } }]
workloads:
${workloads.join('\n')}
tcpRoutes:
- backends: [{ service: { name: ns/db.test, port: 5432 }, policies: { ${policies} } }]`;
}

/** Connects and says what the server says first. */
async function greeting(gateway: TestGateway): Promise<string> {
  const client = RawClient.connect(gateway.port);
  await client.until(() => client.received.endsWith(':') || client.closed);
  const { received } = client;
  client.destroy();
  return received;
}

function isWell(gateway: TestGateway, endpoint: string): boolean {
  return gateway.metric('upstream_endpoint_healthy', { endpoint }) === 1;
}

test('an endpoint that takes no connection is left out after one failure, and nobody notices', async () => {
  await using well = await rawServer(named('well'));
  const [dead = 0] = await freePorts(1);
  const policies = 'loadBalancing: { algorithm: roundRobin }, health: { eviction: { duration: 60s } }';
  await using gateway = await startGateway(service([dead, well.port], policies));
  for (let i = 0; i < 6; i++) assert.equal(await greeting(gateway), 'well:');
  assert.equal(gateway.metric('upstream_ejections', { endpoint: `127.0.0.1:${dead}` }), 1);
  await eventually(() => !isWell(gateway, `127.0.0.1:${dead}`) && isWell(gateway, well.host));
});

test('if no endpoint is well all are used, and one that comes back serves at once', async () => {
  const [one = 0, two = 0] = await freePorts(2);
  await using gateway = await startGateway(service([one, two], 'health: { eviction: { duration: 60s } }'));
  assert.equal(await greeting(gateway), '');
  const [line] = await gateway.lines(1);
  assert.equal(line?.['reason'], 'connectFailed');
  assert.equal(gateway.metric('upstream_ejections'), 2);
  await using back = await startUpstream((_request, response) => response.end('back'), { port: two });
  assert.equal((await send(gateway.port)).text, 'back');
  assert.equal(back.requests.length, 1);
});

test('an endpoint that does not pass its checks gets no connections until it does', async () => {
  await using well = await rawServer(named('well'));
  const ill = await rawServer(named('ill'));
  const policies =
    'loadBalancing: { algorithm: roundRobin }, health: { check: { tcp: {}, interval: 50ms, unhealthyThreshold: 2 } }';
  await using gateway = await startGateway(service([ill.port, well.port], policies));
  await eventually(() => isWell(gateway, ill.host) && isWell(gateway, well.host), 'both are well');
  assert.deepEqual([await greeting(gateway), await greeting(gateway)].toSorted(), ['ill:', 'well:']);
  await ill[Symbol.asyncDispose]();
  await eventually(() => !isWell(gateway, ill.host), 'one is out');
  for (let i = 0; i < 4; i++) assert.equal(await greeting(gateway), 'well:');
});

test('a server whose port is open and which is not well is found out by HTTP', async () => {
  let status = 503;
  const answer =
    (name: string, ready: () => number): Answer =>
    ({ url }, response) =>
      response.writeHead(url === '/ready' ? ready() : 200).end(name);
  await using ill = await startUpstream(answer('ill', () => status));
  await using well = await startUpstream(answer('well', () => 200));
  const policies =
    'loadBalancing: { algorithm: roundRobin }, health: { check: { http: { path: /ready }, interval: 50ms, unhealthyThreshold: 1 } }';
  await using gateway = await startGateway(service([ill.port, well.port], policies));
  await eventually(() => !isWell(gateway, ill.host), 'one is out');
  for (let i = 0; i < 4; i++) assert.equal((await send(gateway.port)).text, 'well');
  status = 200;
  await eventually(() => isWell(gateway, ill.host), 'it is back');
  await eventually(async () => (await send(gateway.port)).text === 'ill');
});

test('a server of gRPC is asked for its health, whatever passes through the route', async () => {
  await using ill = await startHealthService();
  await using well = await startHealthService();
  const policies =
    'loadBalancing: { algorithm: roundRobin }, health: { check: { grpc: { service: db }, interval: 50ms, unhealthyThreshold: 1 } }';
  await using gateway = await startGateway(service([ill.port, well.port], policies));
  await eventually(() => isWell(gateway, ill.host) && ill.asked.length > 0, 'it is asked');
  assert.equal(ill.asked[0], '/grpc.health.v1.Health/Check db');
  ill.serving = 2;
  await eventually(() => !isWell(gateway, ill.host) && isWell(gateway, well.host), 'it is out');
});

test('an endpoint has no more connections than a limit of its backend says', async () => {
  await using server = await rawServer(named('in'));
  const config = `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"], protocol: TCP }
backends: [{ name: db, host: "${server.host}", policies: { limits: { connections: 2, inFlight: 9 } } }]
tcpRoutes: [{ backends: [{ backend: db }] }]`;
  await using gateway = await startGateway(config);
  const clients = [0, 1].map(() => RawClient.connect(gateway.port));
  for (const client of clients) await client.has('in:');
  assert.equal(await greeting(gateway), '');
  assert.equal((await gateway.lines(1))[0]?.['reason'], 'overloaded');
  for (const client of clients) client.destroy();
  await eventually(() => server.sockets.size === 0);
  assert.equal(await greeting(gateway), 'in:');
});

test('one worker asks, and no worker sends connections to who is not well', async (t) => {
  let status = 200;
  const answer =
    (name: string, ready: () => number): Answer =>
    ({ url }, response) =>
      response.writeHead(url === '/ready' ? ready() : 200, { connection: 'close' }).end(name);
  await using ill = await startUpstream(answer('ill', () => status));
  await using well = await startUpstream(answer('well', () => 200));
  const ports = await processPorts();
  const policies = 'health: { check: { http: { path: /ready }, interval: 50ms, unhealthyThreshold: 1 } }';
  const text = service([ill.port, well.port], policies).replace('$PORT', String(ports.data));
  const settings = processSection(ports, 2);
  const gateway = startWaygate(t, { args: ['-c', `${settings}${text}`] });
  await gateway.says('ready');
  const names = async (): Promise<readonly string[]> => {
    const texts = Array.from({ length: 30 }, () => get(ports.data));
    return [...new Set(await Promise.all(texts))].toSorted();
  };
  await eventually(async () => (await names()).join(' ') === 'ill well', 'both are used');
  status = 500;
  await gateway.says('an endpoint is not well');
  assert.deepEqual(await names(), ['well']);
  status = 200;
  await eventually(async () => (await names()).join(' ') === 'ill well', 'both are used again');
});

test('the addresses of a name are endpoints of their own, also behind TLS that is passed on', async () => {
  await using server = await rawServer(echo, pem(certificate));
  const config = `
gateways:
  default: { port: $PORT, address: ["127.0.0.1"], protocol: TLS }
tcpRoutes:
- backends: [{ host: "many.test:${server.port}", policies: { health: { eviction: { duration: 60s } }, loadBalancing: { algorithm: roundRobin } } }]`;
  const lookup = () => Promise.resolve({ addresses: ['127.0.0.2', '127.0.0.1'], ttlMs: 60_000 });
  await using gateway = await startGateway(config, undefined, lookup);
  for (let i = 0; i < 3; i++) {
    const client = secureClient(gateway.port, { servername: 'a.test', rejectUnauthorized: false });
    client.socket.end('hello');
    assert.equal(await client.rest(), 'hello');
    client.destroy();
  }
  const lines = await gateway.lines(3);
  for (const line of lines) assert.equal(line['endpoint'], server.host);
  assert.equal(gateway.metric('upstream_ejections', { endpoint: `127.0.0.2:${server.port}` }), 1);
});

test('connections with equal values go to the same endpoint', async () => {
  await using one = await rawServer(named('one'));
  await using two = await rawServer(named('two'));
  await using gateway = await startGateway(
    service(
      [one.port, two.port],
      'sessionAffinity: { source: source.address }, loadBalancing: { algorithm: roundRobin }',
    ),
  );
  const first = await greeting(gateway);
  for (let i = 0; i < 5; i++) assert.equal(await greeting(gateway), first);
});
