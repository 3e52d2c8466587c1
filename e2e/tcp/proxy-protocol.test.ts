import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { certificates, pem } from '../../testkit/certificates.ts';
import { RawClient } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { named, rawServer, secureClient } from './servers.ts';

const { ca, a } = certificates;
const trusted = readFileSync(ca);

const v1 = 'PROXY TCP4 192.0.2.7 203.0.113.9 4711 443\r\n';

/** The same in version 2, with an attribute that nobody knows. */
function v2(): Buffer {
  const head = Buffer.from('0d0a0d0a000d0a515549540a2111', 'hex');
  const attribute = Buffer.from('e00003616263', 'hex');
  const addresses = Buffer.from([192, 0, 2, 7, 203, 0, 113, 9, 0x12, 0x67, 0x01, 0xbb]);
  const length = Buffer.from([0, addresses.length + attribute.length]);
  return Buffer.concat([head, length, addresses, attribute]);
}

const seen = `'"'+source.address+' '+string(source.port)+' '+source.rawAddress+' '+destination.address+'"'`;

function web(policy: string, tls = ''): string {
  return `
frontendPolicies: { proxyProtocol: ${policy} }
gateways: { default: { port: $PORT, address: ["127.0.0.1"]${tls} } }
routes:
- { name: up, matches: [{ path: { pathPrefix: /up } }], backends: [{ host: "$UP" }] }
- { name: direct, policies: { directResponse: { status: 200, bodyExpression: ${JSON.stringify(seen)} } } }`;
}

const get = 'GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n';

/** What comes back for these bytes. */
async function say(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  const client = RawClient.connect(port);
  for (const part of parts) {
    await new Promise<void>((resolve) => client.socket.write(part, () => resolve()));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const answer = await client.rest();
  client.destroy();
  return answer;
}

test('the addresses of a PROXY header are those of the client, in front of HTTP', async () => {
  await using upstream = await startUpstream();
  const env = { UP: upstream.host };
  await using gateway = await startGateway({ yaml: web('{ version: all }'), env });
  const client = '"192.0.2.7 4711 127.0.0.1 203.0.113.9"';
  assert.ok((await say(gateway.port, v1, get)).endsWith(client));
  assert.ok((await say(gateway.port, v1 + get)).endsWith(client));
  assert.ok((await say(gateway.port, v2(), get)).endsWith(client));
  assert.ok((await say(gateway.port, ...[...v2()].map((byte) => Buffer.of(byte)), get)).endsWith(client));
  await say(gateway.port, v1, get.replace('/ ', '/up '));
  assert.equal((await upstream.request(1)).headers['x-forwarded-for'], '192.0.2.7');
  const lines = await gateway.lines(5);
  for (const line of lines) assert.equal(line['src.addr'], '192.0.2.7:4711');
});

test('a health check of the proxy in front speaks for itself', async () => {
  await using gateway = await startGateway({ yaml: web('{ version: all }'), env: { UP: 'a:1' } });
  const own = /"127\.0\.0\.1 \d+ 127\.0\.0\.1 127\.0\.0\.1"$/;
  assert.match(await say(gateway.port, 'PROXY UNKNOWN\r\n', get), own);
  assert.match(await say(gateway.port, Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex'), get), own);
});

test('strict closes what has no header, or one of another version', async () => {
  await using gateway = await startGateway({ yaml: web('{}'), env: { UP: 'a:1' } });
  assert.equal(await say(gateway.port, get), '');
  assert.equal(await say(gateway.port, v1, get), '');
  assert.match(await say(gateway.port, v2(), get), /192\.0\.2\.7/);
  assert.ok(gateway.diagnostics.some((line) => line.includes('no valid PROXY header')));
  await gateway.reload({ yaml: web('{ version: v1 }'), env: { UP: 'a:1' } });
  assert.equal(await say(gateway.port, v2(), get), '');
  assert.match(await say(gateway.port, v1, get), /192\.0\.2\.7/);
  assert.equal(await say(gateway.port, 'PROXY TCP4 1.2.3.4 nonsense 1 2\r\n', get), '');
});

test('optional takes both', async () => {
  await using gateway = await startGateway({ yaml: web('{ version: all, mode: optional }'), env: { UP: 'a:1' } });
  assert.match(await say(gateway.port, get), /"127\.0\.0\.1 /);
  assert.match(await say(gateway.port, v1, get), /"192\.0\.2\.7 /);
});

test('in front of TLS, passed on and not, and of TCP', async () => {
  await using server = await rawServer(named('inside'), pem(a));
  await using plain = await rawServer(named('plain'));
  await using gateway = await startGateway(`
frontendPolicies: { proxyProtocol: { version: all } }
binds:
- port: $PORT
  address: ["127.0.0.1"]
  listeners:
  - { protocol: TLS, tcpRoutes: [{ backends: [{ host: "${server.host}" }] }] }
  - { protocol: TLS, hostname: a.test, tls: { cert: ${a.cert}, key: ${a.key} }, tcpRoutes: [{ backends: [{ host: "${plain.host}" }] }] }
- port: $PORT1
  address: ["127.0.0.1"]
  listeners: [{ protocol: TCP, tcpRoutes: [{ backends: [{ host: "${plain.host}" }] }] }]`);
  for (const [servername, greeting] of [
    ['b.test', 'inside:'],
    ['a.test', 'plain:'],
  ] as const) {
    const raw = RawClient.connect(gateway.port);
    raw.socket.removeAllListeners('data');
    raw.socket.write(v2());
    const client = secureClient(0, {
      socket: raw.socket,
      ca: trusted,
      servername,
      checkServerIdentity: () => undefined,
    });
    await client.has(greeting);
    client.destroy();
  }
  const client = RawClient.connect(gateway.ports[1] as number);
  client.write(`${v1}hi`);
  await client.has('plain:hi');
  client.socket.end();
  await client.rest();
  const lines = await gateway.lines(3);
  for (const line of lines) assert.equal(line['src.addr'], '192.0.2.7:4711');
});

test('a bind whose tunnelProtocol is proxy wants a header, and others do not', async () => {
  await using gateway = await startGateway(`
binds:
- { port: $PORT, address: ["127.0.0.1"], tunnelProtocol: proxy, listeners: [{ routes: [{ policies: { directResponse: { status: 200, body: x } } }] }] }
- { port: $PORT1, address: ["127.0.0.1"], listeners: [{ routes: [{ policies: { directResponse: { status: 200, body: y } } }] }] }`);
  assert.match(await say(gateway.port, v2(), get), /x$/);
  assert.equal(await say(gateway.port, get), '');
  assert.match(await say(gateway.ports[1] as number, get), /y$/);
});
