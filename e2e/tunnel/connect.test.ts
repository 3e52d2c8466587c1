import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import { test } from 'node:test';
import { certificates } from '../../testkit/certificates.ts';
import { eventually, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { connectOver1, connectOver2, secure, type Tunnel } from './tunnel-client.ts';

const { ca, local } = certificates;
const trusted = readFileSync(ca);
const connect = (mode: string, more = ''): string => `frontendPolicies: { connect: { mode: ${mode} }${more} }`;
const toTarget = '{ dynamic: {} }';
const versions = [
  { name: 'HTTP/1.1', open: connectOver1 },
  { name: 'HTTP/2', open: connectOver2 },
] as const;

/** A server that answers each line, and says goodbye when the client has ended. */
async function startEcho(): Promise<AsyncDisposable & { readonly host: string; readonly port: number }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => socket.write(`echo:${chunk.toString()}`));
    socket.on('end', () => socket.end('bye'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as net.AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function get(tunnel: Tunnel, path: string, host: string): Promise<string> {
  tunnel.stream.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  await tunnel.ended;
  return tunnel.text();
}

test('CONNECT is refused where nothing is said of it', async () => {
  await using echo = await startEcho();
  await using gateway = await startGateway(oneRoute('', toTarget));
  for (const { name, open } of versions) {
    const tunnel = await open(gateway.port, echo.host);
    assert.equal(tunnel.status, 405, name);
    tunnel.close();
  }
});

for (const { name, open } of versions) {
  test(`a CONNECT over ${name} is routed, and its bytes pass both ways to their ends`, async () => {
    await using echo = await startEcho();
    await using gateway = await startGateway(oneRoute('', toTarget, connect('route')));
    const tunnel = await open(gateway.port, echo.host);
    assert.equal(tunnel.status, 200);
    tunnel.stream.write('one');
    await eventually(() => tunnel.text() === 'echo:one', 'the echo');
    // The upstream hears of the end, and its answer still comes.
    tunnel.stream.end();
    await tunnel.ended;
    assert.equal(tunnel.text(), 'echo:onebye');
    const [line] = await gateway.lines(1);
    assert.deepEqual(
      [line?.['http.method'], line?.['http.status'], line?.['waygate.bytes.received'], line?.['waygate.bytes.sent']],
      ['CONNECT', 200, 3, 11],
    );
    assert.equal(line?.['endpoint'], echo.host);
    assert.equal(line?.['reason'], undefined);
    tunnel.close();
  });

  test(`over ${name} a tunnel to a fixed backend ends there, whatever it names`, async () => {
    await using echo = await startEcho();
    await using gateway = await startGateway(oneRoute('', echo.host, connect('route')));
    const tunnel = await open(gateway.port, 'somewhere.test:443');
    assert.equal(tunnel.status, 200);
    tunnel.stream.write('x');
    await eventually(() => tunnel.text() === 'echo:x', 'the echo');
    tunnel.close();
    assert.equal((await gateway.lines(1))[0]?.['http.host'], 'somewhere.test:443');
  });

  test(`over ${name} an upstream that cannot be reached is an error answer`, async () => {
    await using gateway = await startGateway(oneRoute('', '127.0.0.1:1', connect('route')));
    const tunnel = await open(gateway.port, 'somewhere.test:443');
    assert.equal(tunnel.status, 503);
    await eventually(() => tunnel.text().includes('connectFailed'), 'the error');
    tunnel.close();
  });

  test(`over ${name} a tunnel that ends here is a connection to the bind of its port`, async () => {
    await using gateway = await startGateway(`${connect('tunnel')}
binds:
- { port: $PORT, address: ["127.0.0.1"], listeners: [{ routes: [] }] }
- { port: $PORT1, address: ["127.0.0.1"], listeners: [{ routes: [{ policies: { directResponse: { status: 200,
    headers: { x-key: 'source.connectHeaders["x-key"]', x-host: 'source.connectHeaders["host"]',
      x-port: 'string(destination.port)' }, body: inside } } }] }] }`);
    const target = `any.test:${gateway.ports[1]}`;
    const tunnel =
      open === connectOver1
        ? await connectOver1(gateway.port, target, { fields: 'x-key: one\r\n' })
        : await connectOver2(gateway.port, target, { 'x-key': 'one' });
    assert.equal(tunnel.status, 200);
    const answer = await get(tunnel, '/', 'inner.test');
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(answer, /x-key: one\r\n/);
    assert.ok(answer.includes(`x-host: ${target}\r\n`));
    assert.ok(answer.includes(`x-port: ${gateway.ports[1]}\r\n`));
    assert.match(answer, /inside$/);
    tunnel.close();
    const lines = await gateway.lines(2);
    assert.deepEqual(new Set(lines.map((line) => line['http.method'])), new Set(['CONNECT', 'GET']));
  });

  test(`over ${name} TLS is spoken inside of a tunnel, and HTTP/2 inside of that`, async () => {
    await using gateway = await startGateway(`${connect('tunnel')}
binds:
- { port: $PORT, address: ["127.0.0.1"], listeners: [{ routes: [] }] }
- { port: $PORT1, address: ["127.0.0.1"], listeners: [{ protocol: HTTPS, tls: { cert: ${local.cert}, key: ${local.key} },
    routes: [{ policies: { directResponse: { status: 200, body: secret } } }] }] }`);
    const tunnel = await open(gateway.port, `localhost:${gateway.ports[1]}`);
    const socket = await secure(tunnel, { ca: trusted, servername: 'localhost', ALPNProtocols: ['h2'] });
    assert.equal(socket.alpnProtocol, 'h2');
    const session = http2.connect('https://localhost', { createConnection: () => socket });
    const stream = session.request({ ':path': '/' });
    let body = '';
    stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
    await new Promise((resolve, reject) => {
      stream.on('close', resolve);
      stream.on('error', reject);
    });
    assert.equal(body, 'secret');
    session.destroy();
    tunnel.close();
  });
}

test('what is sent together with CONNECT belongs to the tunnel', async () => {
  await using echo = await startEcho();
  await using gateway = await startGateway(oneRoute('', toTarget, connect('route')));
  const tunnel = await connectOver1(gateway.port, echo.host, { early: 'at once' });
  await eventually(() => tunnel.text() === 'echo:at once', 'the echo');
  tunnel.close();
});

test('a CONNECT with a body is refused', async () => {
  await using echo = await startEcho();
  await using gateway = await startGateway(oneRoute('', toTarget, connect('route')));
  for (const fields of ['content-length: 3\r\n', 'transfer-encoding: chunked\r\n']) {
    const tunnel = await connectOver1(gateway.port, echo.host, { fields, early: '0\r\n\r\n' });
    assert.equal(tunnel.status, 400);
    tunnel.close();
  }
});

test('routes and their policies hold for CONNECT', async () => {
  await using echo = await startEcho();
  await using gateway = await startGateway(`${connect('route')}
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
routes:
- { hostnames: [no.test], policies: { directResponse: { status: 403, body: never } } }
- { hostnames: [127.0.0.1], matches: [{ path: { pathPrefix: / }, method: CONNECT }], backends: [${toTarget}] }`);
  const statuses: number[] = [];
  for (const target of ['no.test:443', echo.host, 'other.test:443']) {
    const tunnel = await connectOver1(gateway.port, target);
    statuses.push(tunnel.status);
    tunnel.close();
  }
  assert.deepEqual(statuses, [403, 200, 404]);
});

test('backends that speak a protocol themselves take no tunnels', async () => {
  await using gateway = await startGateway(
    oneRoute('', '{ mcp: { targets: [{ name: a, mcp: { host: "127.0.0.1:1" } }] } }', connect('route')),
  );
  const tunnel = await connectOver1(gateway.port, 'a.test:443');
  assert.equal(tunnel.status, 405);
  tunnel.close();
});

test('where tunnels end here, only CONNECT is taken, and none inside of another', async () => {
  await using gateway = await startGateway(`${connect('tunnel')}
binds:
- { port: $PORT, address: ["127.0.0.1"], listeners: [{ routes: [{ policies: { directResponse: { status: 200, body: in } } }] }] }`);
  assert.equal((await send(gateway.port)).status, 405);
  const missing = await connectOver1(gateway.port, `a.test:${gateway.ports[2]}`);
  assert.equal(missing.status, 404);
  missing.close();
  const literal = await connectOver1(gateway.port, `127.0.0.1:${gateway.port}`);
  assert.equal(literal.status, 404, 'an address names no bind that is on one address only');
  literal.close();
  const outer = await connectOver1(gateway.port, `a.test:${gateway.port}`);
  assert.equal(outer.status, 200);
  outer.stream.write(`CONNECT a.test:${gateway.port} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
  await eventually(() => outer.text().startsWith('HTTP/1.1 405'), 'the refusal');
  outer.close();
});

test('tunnelProtocol says it of one bind, and an internal bind has no socket', async () => {
  await using gateway = await startGateway(`
binds:
- { port: $PORT, address: ["127.0.0.1"], tunnelProtocol: connect, listeners: [{ routes: [] }] }
- { port: $PORT1, mode: internal, listeners: [{ routes: [{ policies: { directResponse: { status: 200, body: by port } } }] }] }
- { mode: internal, listeners: [{ routes: [{ policies: { directResponse: { status: 200, body: rest } } }] }] }
- { port: $PORT2, address: ["127.0.0.1"], listeners: [{ routes: [{ policies: { directResponse: { status: 200, body: open } } }] }] }`);
  assert.equal((await send(gateway.ports[2] ?? 0)).text, 'open');
  await assert.rejects(send(gateway.ports[1] ?? 0), { code: 'ECONNREFUSED' });
  for (const [port, body] of [
    [gateway.ports[1], 'by port'],
    [gateway.ports[3], 'rest'],
  ] as const) {
    const tunnel = await connectOver1(gateway.port, `a.test:${port}`);
    assert.equal(tunnel.status, 200);
    assert.match(await get(tunnel, '/', 'a.test'), new RegExp(`${body}$`));
    tunnel.close();
  }
});

test('TLS around the CONNECT and TLS inside of it end separately', async () => {
  const secured = `protocol: HTTPS, tls: { cert: ${local.cert}, key: ${local.key} }`;
  await using gateway = await startGateway(`
binds:
- { port: $PORT, address: ["127.0.0.1"], tunnelProtocol: connect, listeners: [{ ${secured}, routes: [] }] }
- { port: $PORT1, address: ["127.0.0.1"], listeners: [{ ${secured}, routes: [{ policies: { directResponse: { status: 200, body: deep } } }] }] }`);
  const tunnel = await connectOver1(gateway.port, `localhost:${gateway.ports[1]}`, {
    tls: { ca: trusted, servername: 'localhost' },
  });
  const socket = await secure(tunnel, { ca: trusted, servername: 'localhost' });
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await eventually(() => text.endsWith('deep'), 'the answer');
  tunnel.close();
});

test('a tunnel on which nothing passes is closed', async () => {
  await using echo = await startEcho();
  await using gateway = await startGateway(
    oneRoute('', toTarget, connect('route', ', http: { tunnelIdleTimeout: 60ms }')),
  );
  const tunnel = await connectOver1(gateway.port, echo.host);
  await tunnel.ended;
  const [line] = await gateway.lines(1);
  assert.deepEqual([line?.['reason'], line?.['http.status']], ['idleTimeout', 200]);
  tunnel.close();
});

test('tunnels count among connections and requests, inside and outside', async () => {
  await using echo = await startEcho();
  await using gateway = await startGateway(oneRoute('', toTarget, connect('route', ', http: { maxRequests: 1 }')));
  const tunnel = await connectOver1(gateway.port, echo.host);
  assert.equal((await send(gateway.port)).status, 503);
  tunnel.close();
  await eventually(async () => (await connectOver1(gateway.port, echo.host)).status === 200, 'room for another');
});

test('tunnels of a listener that is gone end at the deadline', async () => {
  await using echo = await startEcho();
  const yaml = (port: string): string => `${connect('route')}
config: { connectionTerminationDeadline: 100ms }
gateways: { default: { port: ${port}, address: ["127.0.0.1"] } }
routes: [{ backends: [${toTarget}] }]`;
  await using gateway = await startGateway(yaml('$PORT'));
  const tunnels = [await connectOver1(gateway.port, echo.host), await connectOver2(gateway.port, echo.host)];
  await gateway.reload(yaml('$PORT1'));
  for (const tunnel of tunnels) await tunnel.ended;
  const lines = await gateway.lines(2);
  assert.deepEqual(
    lines.map((line) => line['reason']),
    ['draining', 'draining'],
  );
  for (const tunnel of tunnels) tunnel.close();
});

test('a plain request after a refused CONNECT is served on the same connection', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const refused = await connectOver1(gateway.port, 'a.test:443');
  assert.equal(refused.status, 405);
  refused.stream.write('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n');
  await refused.ended;
  assert.match(refused.text(), /HTTP\/1\.1 200 OK/);
});
