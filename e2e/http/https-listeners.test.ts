import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import { certificates, pem, type CertificatePaths } from '../../testkit/certificates.ts';
import { eventually, RawClient, send, type Reply } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';

const { ca, otherCa, a, wild, local, client, stranger } = certificates;
const trusted = readFileSync(ca);

function listener(name: string, hostname: string | undefined, pair: CertificatePaths, more = ''): string {
  const host = hostname === undefined ? '' : `hostname: "${hostname}", `;
  return `{ name: ${name}, ${host}protocol: HTTPS, tls: { cert: ${pair.cert}, key: ${pair.key}${more} }, routes: [
    { name: ${name}, policies: { directResponse: { status: 200, body: ${name},
      headers: { x-subject: "source.subject" } } } }] }`;
}

function binds(...listeners: string[]): string {
  return `binds: [{ port: $PORT, address: ["127.0.0.1"], listeners: [${listeners.join(', ')}] }]`;
}

/** One request to `host`, whose name is also what SNI says unless `sni` is given. */
function ask(
  port: number,
  host: string,
  options: https.RequestOptions & { readonly sni?: string; readonly session?: Buffer } = {},
): Promise<Reply> {
  const { sni, ...more } = options;
  return send(port, { headers: { host }, tls: { ca: trusted, servername: sni ?? host, ...more } });
}

const loopback: LookupFunction = (_host, { all }, done) => {
  if (all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
};

/** The body of a GET request. */
async function textOf(session: http2.ClientHttp2Session): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of session.request({ ':path': '/' })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

test('certificate and routes are those of the host that is asked for', async () => {
  await using gateway = await startGateway(
    binds(listener('a', 'a.test', a), listener('wild', '*.wild.test', wild), listener('rest', undefined, local)),
  );
  assert.equal((await ask(gateway.port, 'a.test')).text, 'a');
  assert.equal((await ask(gateway.port, 'one.wild.test')).text, 'wild');
  // A client that names nobody gets the listener for any host.
  const plain = await send(gateway.port, { tls: { ca: trusted } });
  assert.equal(plain.text, 'rest');
  await assert.rejects(ask(gateway.port, 'unknown.test'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});

test('a name that no listener has is refused at the handshake', async () => {
  await using gateway = await startGateway(binds(listener('a', 'a.test', a)));
  await assert.rejects(ask(gateway.port, 'b.test'));
  await assert.rejects(send(gateway.port, { tls: { ca: trusted } }));
  assert.equal((await ask(gateway.port, 'a.test')).text, 'a');
});

test('a host of another listener than the handshake’s is misdirected', async () => {
  await using gateway = await startGateway(
    binds(listener('open', 'a.test', a), listener('closed', '*.wild.test', wild, `, root: ${ca}`)),
  );
  // Otherwise a client without a certificate would reach what demands one.
  const { status, text } = await ask(gateway.port, 'one.wild.test', {
    sni: 'a.test',
    checkServerIdentity: () => undefined,
  });
  assert.deepEqual([status, JSON.parse(text).error.reason], [421, 'misdirected']);
  const [line] = await gateway.lines(1);
  assert.equal(line?.['reason'], 'misdirected');
});

test('a listener with a root takes clients with a certificate of it only', async () => {
  await using gateway = await startGateway(
    binds(listener('a', 'a.test', a, `, root: ${ca}`), listener('wild', '*.wild.test', wild)),
  );
  const { text, headers } = await ask(gateway.port, 'a.test', pem(client));
  assert.equal(text, 'a');
  assert.match(String(headers['x-subject']), /client one/);
  await assert.rejects(ask(gateway.port, 'a.test'));
  await assert.rejects(ask(gateway.port, 'a.test', pem(stranger)));
  // The other host of the same port asks for none.
  assert.equal((await ask(gateway.port, 'one.wild.test')).text, 'wild');
});

test('a resumed session does not stand in for a client certificate', async () => {
  await using gateway = await startGateway(
    binds(listener('a', 'a.test', a, `, root: ${ca}`), listener('wild', '*.wild.test', wild)),
  );
  const session = await new Promise<Buffer>((resolve, reject) => {
    const socket = tls.connect({ port: gateway.port, host: '127.0.0.1', ca: trusted, servername: 'x.wild.test' });
    socket.once('session', (ticket) => {
      resolve(ticket);
      socket.destroy();
    });
    socket.on('error', reject);
    socket.write('GET / HTTP/1.1\r\nhost: x.wild.test\r\n\r\n');
  });
  await assert.rejects(ask(gateway.port, 'a.test', { session }));
});

test('certificates are swapped by a reload while open connections stay', async () => {
  await using gateway = await startGateway(binds(listener('one', undefined, a)));
  const presented = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = tls.connect({ port: gateway.port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()?.subject ?? '');
        socket.destroy();
      });
      socket.on('error', reject);
    });
  const agent = new https.Agent({ keepAlive: true, ca: trusted, servername: 'a.test' });
  const kept = (): Promise<Reply> => send(gateway.port, { agent, headers: { host: 'a.test' }, tls: {} });
  assert.equal((await kept()).text, 'one');
  assert.match(await presented(), /CN=a\.test/);
  await gateway.reload(binds(listener('two', undefined, wild)));
  assert.match(await presented(), /CN=wild\.test/);
  // The connection of before still stands on the old certificate, and is served from the new configuration.
  assert.equal((await kept()).text, 'two');
  agent.destroy();
  // Broken key: refused, and nothing changes.
  await assert.rejects(gateway.reload(binds(listener('three', undefined, { cert: a.cert, key: wild.key }))));
  assert.match(await presented(), /CN=wild\.test/);
});

test('HTTP/2 connections go on while certificates are swapped', async () => {
  await using gateway = await startGateway(binds(listener('one', undefined, a)));
  const connect = (name: string): http2.ClientHttp2Session =>
    http2.connect(`https://${name}:${gateway.port}`, { ca: trusted, servername: name, lookup: loopback });
  const old = connect('a.test');
  assert.equal(await textOf(old), 'one');
  await gateway.reload(binds(listener('two', undefined, wild)));
  assert.equal(await textOf(old), 'two');
  const fresh = connect('x.wild.test');
  assert.equal(await textOf(fresh), 'two');
  assert.equal(old.closed, false);
  await assert.rejects(gateway.reload(binds(listener('three', undefined, { cert: ca, key: wild.key }))));
  assert.deepEqual([await textOf(old), await textOf(fresh)], ['two', 'two']);
  old.destroy();
  fresh.destroy();
});

test('clients of before do not resume their sessions once other roots are trusted', async () => {
  const config = (root: string): string => binds(listener('a', 'a.test', a, `, root: ${root}`));
  await using gateway = await startGateway(config(ca));
  const session = await new Promise<Buffer>((resolve, reject) => {
    const options = { ca: trusted, servername: 'a.test', ...pem(client) };
    const socket = tls.connect({ port: gateway.port, host: '127.0.0.1', ...options });
    socket.once('session', (ticket) => {
      resolve(ticket);
      socket.destroy();
    });
    socket.on('error', reject);
    socket.write('GET / HTTP/1.1\r\nhost: a.test\r\n\r\n');
  });
  assert.equal((await ask(gateway.port, 'a.test', { session, ...pem(client) })).text, 'a');
  await gateway.reload(config(otherCa));
  await assert.rejects(ask(gateway.port, 'a.test', { session, ...pem(client) }));
});

test('a port changes between plain and TLS by a reload', async () => {
  const plain = `
binds:
- port: $PORT
  address: ["127.0.0.1"]
  listeners: [{ routes: [{ policies: { directResponse: { status: 200, body: plain } } }] }]`;
  await using gateway = await startGateway(plain);
  const idle = RawClient.connect(gateway.port);
  idle.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await idle.has('plain');
  await gateway.reload(binds(listener('a', undefined, a)));
  await idle.until(() => idle.ended || idle.closed, 'the end of the plain connection');
  assert.equal((await ask(gateway.port, 'a.test')).text, 'a');
  await gateway.reload(plain);
  assert.equal((await send(gateway.port)).text, 'plain');
  idle.destroy();
});

test('what is no TLS on a TLS port closes, and is no request', async () => {
  await using gateway = await startGateway(binds(listener('a', undefined, a)));
  const raw = RawClient.connect(gateway.port);
  raw.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await raw.until(() => raw.closed || raw.ended);
  raw.destroy();
  await eventually(() => gateway.metric('connections_open') === 0);
  assert.equal(gateway.metric('requests'), 0);
});

test('the upstream learns that the client used https', async () => {
  await using gateway = await startGateway(
    binds(
      listener('a', undefined, a).replace(
        /routes: \[[^]*\]/,
        'routes: [{ policies: { directResponse: { status: 200, bodyExpression: "request.scheme" } } }]',
      ),
    ),
  );
  assert.equal((await ask(gateway.port, 'a.test')).text, 'https');
});

test('TLS handshakes are timed, once each', async () => {
  await using gateway = await startGateway(binds(listener('a', 'a.test', a)));
  await ask(gateway.port, 'a.test');
  await assert.rejects(ask(gateway.port, 'b.test'));
  assert.equal(gateway.observations('tls_handshake_duration_seconds'), 1);
});
