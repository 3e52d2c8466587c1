/** Many connections of one client. */
import assert from 'node:assert/strict';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import tls from 'node:tls';
import { certificates } from '../../testkit/certificates.ts';
import { eventually, RawClient } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { configFile, processPorts, processSection, startWaygate } from '../process/waygate-process.ts';

const { a } = certificates;
const get = 'GET / HTTP/1.1\r\nhost: a.test\r\n\r\n';
const direct = '{ directResponse: { status: 200, body: ok } }';
const two = 'tcp: { maxConnectionsPerAddress: 2 }';

/** A connection from a loopback address, which stays open; what it sent is answered, or it was closed. */
async function connection(t: TestContext, port: number, localAddress: string, before = ''): Promise<RawClient> {
  const client = new RawClient(net.connect({ port, host: '127.0.0.1', localAddress }));
  t.after(() => client.destroy());
  client.write(before + get);
  await client.until(() => client.received.endsWith('ok') || client.closed);
  return client;
}

/** How many of `count` connections from an address are served. */
async function served(t: TestContext, port: number, address: string, count: number): Promise<number> {
  let served = 0;
  for (let i = 0; i < count; i++) if ((await connection(t, port, address)).received !== '') served += 1;
  return served;
}

function rejections(gateway: TestGateway): number {
  return gateway.metric('limit_rejections', { limit: 'connectionsPerAddress' });
}

test('a client has no more connections than it may; others are not touched, and a place can be used again', async (t) => {
  await using gateway = await startGateway(
    oneRoute(direct, [], `frontendPolicies: { tcp: { maxConnections: 3, maxConnectionsPerAddress: 2 } }`),
  );
  const first = await connection(t, gateway.port, '127.0.0.2');
  await connection(t, gateway.port, '127.0.0.2');
  for (let i = 0; i < 5; i++) assert.equal((await connection(t, gateway.port, '127.0.0.2')).received, '');
  assert.match((await connection(t, gateway.port, '127.0.0.3')).received, /^HTTP\/1\.1 200 /);
  assert.equal(rejections(gateway), 5);
  assert.equal(gateway.metric('limit_rejections', { limit: 'connections' }), 0);
  assert.equal(gateway.metric('connections_open'), 3);
  const said = gateway.diagnostics.filter((line) => line.includes('as many connections as it may'));
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /client=127\.0\.0\.2/);
  first.destroy();
  await eventually(() => gateway.metric('connections_open') === 2);
  assert.match((await connection(t, gateway.port, '127.0.0.2')).received, /^HTTP\/1\.1 200 /);
});

test('one too many is cut off before TLS begins', async (t) => {
  await using gateway = await startGateway(`
frontendPolicies: { tcp: { maxConnectionsPerAddress: 1 } }
gateways: { default: { port: $PORT, address: ["127.0.0.1"], tls: { cert: ${a.cert}, key: ${a.key} } } }
routes: [{ policies: ${direct} }]`);
  const secure = (localAddress: string): RawClient => {
    const socket = tls.connect({
      port: gateway.port,
      host: '127.0.0.1',
      localAddress,
      servername: 'a.test',
      rejectUnauthorized: false,
    } as tls.ConnectionOptions);
    t.after(() => socket.destroy());
    return new RawClient(socket);
  };
  const first = secure('127.0.0.2');
  first.write(get);
  await first.has('ok');
  const second = secure('127.0.0.2');
  await second.until(() => second.closed);
  assert.equal((second.socket as tls.TLSSocket).getProtocol(), null);
  assert.equal(gateway.observations('tls_handshake_duration_seconds'), 1);
  const third = secure('127.0.0.3');
  third.write(get);
  await third.has('ok');
});

test('behind a proxy the addresses of its headers count, an IPv6 client by its network', async (t) => {
  await using gateway = await startGateway(
    oneRoute(direct, [], `frontendPolicies: { ${two}, proxyProtocol: { version: v1 } }`),
  );
  const from = async (address: string): Promise<boolean> => {
    const family = net.isIPv6(address) ? ['TCP6', '::9'] : ['TCP4', '203.0.113.9'];
    const header = `PROXY ${family[0]} ${address} ${family[1]} 4711 443\r\n`;
    return (await connection(t, gateway.port, '127.0.0.1', header)).received !== '';
  };
  assert.deepEqual(
    [await from('192.0.2.7'), await from('192.0.2.7'), await from('192.0.2.7'), await from('192.0.2.8')],
    [true, true, false, true],
  );
  assert.deepEqual(
    [await from('2001:db8::1'), await from('2001:db8::2:3'), await from('2001:db8::4'), await from('2001:db8:0:1::1')],
    [true, true, false, true],
  );
  assert.equal(rejections(gateway), 2);
});

test('a reload changes the limit, and lifts it', async (t) => {
  const limited = (settings: string): string => oneRoute(direct, [], `frontendPolicies: { tcp: { ${settings} } }`);
  await using gateway = await startGateway(limited('maxConnectionsPerAddress: 2'));
  assert.equal(await served(t, gateway.port, '127.0.0.2', 3), 2);
  await gateway.reload(limited('maxConnectionsPerAddress: 3'));
  assert.equal(await served(t, gateway.port, '127.0.0.2', 3), 1);
  await gateway.reload(limited('maxConnectionsPerAddress: 0'));
  assert.equal(await served(t, gateway.port, '127.0.0.2', 3), 3);
});

test('over several workers a client has as many as over one', async (t) => {
  const ports = await processPorts();
  const text = `${processSection(ports, 2)}
frontendPolicies: { tcp: { maxConnectionsPerAddress: 7 } }
gateways:
  default: { port: ${ports.data}, address: ["127.0.0.1"] }
routes: [{ policies: ${direct} }]
`;
  const gateway = startWaygate(t, { args: ['-f', configFile(t, text)] });
  await gateway.says('ready');
  assert.equal(await served(t, ports.data, '127.0.0.2', 20), 7);
  assert.equal(await served(t, ports.data, '127.0.0.3', 5), 5);
});
