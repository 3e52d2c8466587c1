import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import { certificates, pem, type CertificatePaths } from '../../testkit/certificates.ts';
import { eventually, RawClient, send } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { echo, named, rawServer, secureClient } from './servers.ts';

const { ca, a, wild, local, client: clientPair } = certificates;
const trusted = readFileSync(ca);

function keys({ cert, key }: CertificatePaths): string {
  return `cert: ${cert}, key: ${key}`;
}

/** A bind with these listeners, each as YAML flow text. */
function port(...listeners: string[]): string {
  return `binds: [{ port: $PORT, address: ["127.0.0.1"], listeners: [${listeners.join(', ')}] }]`;
}

test('TLS is passed on by server name, unread', async () => {
  await using one = await rawServer(named('one'), pem(a));
  await using two = await rawServer(named('two'), pem(wild));
  await using rest = await rawServer(named('rest'), pem(local));
  await using gateway = await startGateway(
    port(`{ protocol: TLS, tcpRoutes: [
      { name: one, hostnames: [a.test], backends: [{ host: "${one.host}" }] },
      { name: two, hostnames: ["*.wild.test"], backends: [{ host: "${two.host}" }] },
      { name: rest, backends: [{ host: "${rest.host}" }] } ] }`),
  );
  const answers: string[] = [];
  for (const servername of ['a.test', 'X.wild.test', 'other.test', '']) {
    const client = secureClient(gateway.port, {
      ca: trusted,
      ...(servername === '' ? {} : { servername }),
      checkServerIdentity: () => undefined,
    });
    await client.has(':');
    client.socket.end('bye');
    answers.push(await client.rest());
  }
  assert.deepEqual(answers, ['one:bye', 'two:bye', 'rest:bye', 'rest:bye']);
  const lines = await gateway.lines(4);
  assert.deepEqual(
    lines.map((line) => [line['route'], line['tls.sni']]),
    [
      ['default/one', 'a.test'],
      ['default/two', 'x.wild.test'],
      ['default/rest', 'other.test'],
      ['default/rest', undefined],
    ],
  );
  assert.ok(gateway.metric('downstream_received_bytes', { protocol: 'tls' }) > 1000);
});

test('a hello with a post-quantum key share is read byte by byte', async () => {
  await using server = await rawServer(named('slow'), { ...pem(a), ecdhCurve: 'X25519MLKEM768' });
  await using gateway = await startGateway(
    port(`{ protocol: TLS, tcpRoutes: [{ hostnames: [a.test], backends: [{ host: "${server.host}" }] }] }`),
  );
  // Between client and gateway: hands on the first bytes one at a time.
  let single = 0;
  const splitter = net.createServer((near) => {
    const far = net.connect({ port: gateway.port, host: '127.0.0.1', noDelay: true });
    far.pipe(near);
    near.once('data', (hello: Buffer) => {
      near.pause();
      const next = (at: number): void => {
        if (at === hello.length) near.pipe(far);
        else {
          single++;
          far.write(hello.subarray(at, at + 1), () => setImmediate(next, at + 1));
        }
      };
      next(0);
    });
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  await new Promise<void>((resolve) => splitter.listen(0, '127.0.0.1', resolve));
  const { port: slowPort } = splitter.address() as net.AddressInfo;
  const client = secureClient(slowPort, { ca: trusted, servername: 'a.test', ecdhCurve: 'X25519MLKEM768' });
  await client.has('slow:');
  assert.ok(single > 1200, `${single} bytes do not hold such a key`);
  client.destroy();
  splitter.close();
});

test('TLS ends here, and what is inside is passed on', async () => {
  await using plain = await rawServer(named('plain'));
  await using secure = await rawServer(named('secure'), { ...pem(wild), ca: trusted, requestCert: true });
  await using gateway = await startGateway(
    port(
      `{ name: a, hostname: a.test, protocol: TLS, tls: { ${keys(a)} }, tcpRoutes: [{ backends: [{ host: "${plain.host}" }] }] }`,
      `{ name: w, hostname: "*.wild.test", protocol: TLS, tls: { ${keys(wild)}, root: ${ca} }, tcpRoutes: [
        { hostnames: [x.wild.test], backends: [{ host: "${secure.host}", policies: {
          backendTLS: { root: ${ca}, hostname: y.wild.test, ${keys(clientPair)} } } }] } ] }`,
    ),
  );
  const one = secureClient(gateway.port, { ca: trusted, servername: 'a.test', ALPNProtocols: ['postgresql'] });
  await one.has('plain:');
  // The end of one direction is kept inside of TLS, too.
  one.socket.end('over');
  assert.equal(await one.rest(), 'plain:over');

  const two = secureClient(gateway.port, { ca: trusted, servername: 'x.wild.test', ...pem(clientPair) });
  await two.has('secure:');
  two.socket.end('tls');
  assert.equal(await two.rest(), 'secure:tls');

  const stranger = secureClient(gateway.port, { ca: trusted, servername: 'x.wild.test' });
  await stranger.rest();
  assert.equal(stranger.received, '');
  const other = secureClient(gateway.port, { ca: trusted, servername: 'z.wild.test', ...pem(clientPair) });
  await other.rest();
  const lines = await gateway.lines(3);
  assert.deepEqual(
    lines.map((line) => [line['listener'], line['tls.sni'], line['reason']]),
    [
      ['a', 'a.test', undefined],
      ['w', 'x.wild.test', undefined],
      ['w', 'z.wild.test', 'routeNotFound'],
    ],
  );
  assert.equal(lines[1]?.['src.identity'], 'spiffe://test/client');
  assert.equal(gateway.metric('downstream_received_bytes', { listener: 'a', protocol: 'tls' }), 4);
});

test('a backend whose certificate is wrong gets nothing', async () => {
  await using secure = await rawServer(named('secure'), pem(wild));
  await using gateway = await startGateway(`
gateways: { default: { port: $PORT, address: ["127.0.0.1"], protocol: TCP } }
tcpRoutes: [{ policies: { backendTLS: { root: ${ca}, hostname: a.test } }, backends: [{ host: "${secure.host}" }] }]`);
  const client = RawClient.connect(gateway.port);
  client.write('secret');
  await client.until(() => client.closed);
  const [line] = await gateway.lines(1);
  assert.equal(line?.['reason'], 'tlsFailed');
});

test('HTTPS, TLS that ends here and TLS that passes share a port', async () => {
  await using upstream = await startUpstream();
  await using plain = await rawServer(named('ended'));
  await using passed = await rawServer(named('passed'), pem(local));
  const listeners = (body: string): string =>
    port(
      `{ name: web, hostname: a.test, protocol: HTTPS, tls: { ${keys(a)} }, routes: [
        { matches: [{ path: { pathPrefix: /up } }], backends: [{ host: "${upstream.host}" }] },
        { policies: { directResponse: { status: 200, body: ${body} } } } ] }`,
      `{ name: raw, hostname: "*.wild.test", protocol: TLS, tls: { ${keys(wild)} }, tcpRoutes: [
        { backends: [{ host: "${plain.host}" }] } ] }`,
      `{ name: rest, protocol: TLS, tcpRoutes: [{ backends: [{ host: "${passed.host}" }] }] }`,
    );
  await using gateway = await startGateway(listeners('web'));
  const ask = (host: string, servername = host): ReturnType<typeof send> =>
    send(gateway.port, { headers: { host }, tls: { ca: trusted, servername, checkServerIdentity: () => undefined } });
  const greeting = async (servername: string): Promise<string> => {
    const client = secureClient(gateway.port, { ca: trusted, servername, checkServerIdentity: () => undefined });
    await client.has(':');
    client.socket.end();
    return client.rest();
  };
  assert.equal((await ask('a.test')).text, 'web');
  assert.equal(await greeting('x.wild.test'), 'ended:');
  assert.equal(await greeting('else.test'), 'passed:');
  // HTTP/2 is agreed on as ever.
  const offered = tls.connect({ port: gateway.port, ca: trusted, servername: 'a.test', ALPNProtocols: ['h2'] });
  await new Promise((resolve) => offered.once('secureConnect', resolve));
  assert.equal(offered.alpnProtocol, 'h2');
  offered.destroy();
  // A request for a host whose connections are passed on is none for the listener that shook hands.
  assert.equal((await ask('x.wild.test', 'a.test')).status, 404);

  const kept = secureClient(gateway.port, { ca: trusted, servername: 'x.wild.test' });
  await kept.has('ended:');
  await gateway.reload(listeners('newer'));
  kept.write('still');
  await kept.has('ended:still');
  kept.destroy();
  assert.equal((await ask('a.test')).text, 'newer');
});

test('what is no TLS on such a port is closed, and so is silence', async () => {
  await using server = await rawServer(echo);
  await using gateway = await startGateway(
    `frontendPolicies: { tls: { handshakeTimeout: 100ms } }
${port(`{ protocol: TLS, tcpRoutes: [{ backends: [{ host: "${server.host}" }] }] }`)}`,
  );
  const plain = RawClient.connect(gateway.port);
  plain.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await plain.rest();
  const silent = RawClient.connect(gateway.port);
  silent.write('\x16\x03\x01');
  await silent.rest();
  plain.destroy();
  silent.destroy();
  await eventually(() => gateway.metric('connections_open') === 0);
  assert.equal(server.accepted, 0);
  assert.deepEqual(await gateway.lines(0), []);
});

test('a port changes between TCP and HTTP by a reload', async () => {
  await using server = await rawServer(echo);
  const web = `
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
routes: [{ policies: { directResponse: { status: 200, body: web } } }]`;
  const raw = `
gateways: { default: { port: $PORT, address: ["127.0.0.1"], protocol: TCP } }
tcpRoutes: [{ backends: [{ host: "${server.host}" }] }]`;
  await using gateway = await startGateway(web);
  assert.equal((await send(gateway.port)).text, 'web');
  await gateway.reload(raw);
  const client = RawClient.connect(gateway.port);
  client.socket.end('echo');
  assert.equal(await client.rest(), 'echo');
  await gateway.reload(web);
  assert.equal((await send(gateway.port)).text, 'web');
});
