import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import fc from 'fast-check';
import { certificates } from '../../testkit/certificates.ts';
import { eventually, RawClient, send } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { echo, rawServer } from './servers.ts';

const { ca, a, wild } = certificates;

/** What a TLS client for `servername` sends first. */
async function hello(servername: string): Promise<Buffer> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
  const client = tls.connect({ port: (server.address() as net.AddressInfo).port, host: '127.0.0.1', servername });
  client.on('error', () => undefined);
  const socket = await accepted;
  const bytes = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

test('whatever comes first, in whatever pieces, the port goes on serving', { timeout: 60_000 }, async () => {
  await using server = await rawServer(echo);
  await using gateway = await startGateway(`
frontendPolicies:
  proxyProtocol: { version: all, mode: optional }
  tls: { handshakeTimeout: 200ms }
  http: { headTimeout: 200ms }
binds:
- port: $PORT
  address: ["127.0.0.1"]
  listeners:
  - { name: web, hostname: a.test, protocol: HTTPS, tls: { cert: ${a.cert}, key: ${a.key} }, routes: [
      { policies: { directResponse: { status: 200, body: alive } } } ] }
  - { name: raw, hostname: "*.wild.test", protocol: TLS, tls: { cert: ${wild.cert}, key: ${wild.key} }, tcpRoutes: [
      { backends: [{ host: "${server.host}" }] } ] }
  - { name: rest, protocol: TLS, tcpRoutes: [{ backends: [{ host: "${server.host}" }] }] }`);
  const starts = [
    await hello('a.test'),
    await hello('x.wild.test'),
    await hello('b.test'),
    Buffer.from('PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n'),
    Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000207cb00710912670bbb', 'hex'),
    Buffer.from('GET / HTTP/1.1\r\nhost: a.test\r\n\r\n'),
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  ];
  const alive = async (): Promise<string> =>
    (await send(gateway.port, { headers: { host: 'a.test' }, tls: { ca: readFileSync(ca), servername: 'a.test' } }))
      .text;
  const edit = fc.record({ at: fc.nat(), value: fc.nat(255), cut: fc.nat(), pieces: fc.integer({ min: 1, max: 4 }) });
  const input = fc.record({ first: fc.nat(starts.length - 1), second: fc.nat(starts.length - 1), edit });
  await fc.assert(
    fc.asyncProperty(fc.array(input, { minLength: 10, maxLength: 10 }), async (inputs) => {
      const clients = inputs.map(({ first, second, edit: { at, value, cut, pieces } }) => {
        const bytes = Buffer.concat([starts[first] as Buffer, starts[second] as Buffer]);
        bytes[at % bytes.length] = value;
        const sent = bytes.subarray(0, cut % bytes.length);
        const client = RawClient.connect(gateway.port);
        for (let i = 0; i < pieces; i++) {
          client.socket.write(sent.subarray((sent.length * i) / pieces, (sent.length * (i + 1)) / pieces));
        }
        return client;
      });
      assert.equal(await alive(), 'alive');
      for (const client of clients) client.socket.resetAndDestroy();
    }),
    { numRuns: 30 },
  );
  await eventually(() => gateway.metric('connections_open') === 0, 'the end of all connections');
  await eventually(() => server.sockets.size === 0, 'the end at the server');
});
