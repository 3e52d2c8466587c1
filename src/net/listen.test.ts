import assert from 'node:assert/strict';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import tls from 'node:tls';
import { GatewayError } from '../base/errors.ts';
import { uuid } from '../base/random.ts';
import { bindAll, closeServer } from './bind-socket.ts';
import { httpsPort } from './accept/protocols.ts';
import type { ConnectionInfo } from './http/message.ts';
import { openListener } from './listen.ts';
import { Sweeper } from './sweeper.ts';
import { certified, pem } from './testing/certificates.ts';
import { eventually, RawClient } from './testing/raw-client.ts';
import { reply, testListener, testSettings } from './testing/test-listener.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

function tlsClient(t: TestContext, port: number, options: tls.ConnectionOptions = {}): RawClient {
  const socket = tls.connect({ port, host: '127.0.0.1', ca: pem('ca.pem'), ...options });
  t.after(() => socket.destroy());
  return new RawClient(socket);
}

/** Binds exclusively and lets go: rejects for an address that something else has, even one that shares it. */
async function bindAndLetGo(address: string, port: number): Promise<void> {
  const servers = await bindAll({ addresses: [address], port }, () => net.createServer());
  await Promise.all(servers.map(closeServer));
}

/** The subject alternative name of the certificate that a client was given, or how the connection failed. */
async function served(client: RawClient): Promise<string> {
  const socket = client.socket as tls.TLSSocket;
  let secure = false;
  socket.once('secureConnect', () => (secure = true));
  await eventually(() => secure || client.error !== null || client.closed, 'a handshake');
  return secure ? (socket.getPeerX509Certificate()?.subjectAltName ?? '') : (client.error?.code ?? 'closed');
}

describe('listening', () => {
  it('takes both families when no address is given', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 200, inbound.connection.remoteAddress), {
      addresses: [],
    });
    for (const host of ['127.0.0.1', ...(listener.addresses[0]?.address === '::' ? ['::1'] : [])]) {
      const client = RawClient.connect(listener.port, host);
      client.write(get);
      await client.has(`\r\n\r\n${host}`);
      client.destroy();
    }
  });

  it('takes several addresses with one port', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 200, 'x'), {
      addresses: ['127.0.0.1', '127.0.0.2'],
    });
    assert.deepEqual(
      listener.addresses.map(({ address }) => address),
      ['127.0.0.1', '127.0.0.2'],
    );
    const client = RawClient.connect(listener.port, '127.0.0.2');
    t.after(() => client.destroy());
    client.write(get);
    await client.has('\r\n\r\nx');
  });

  it('takes a Unix socket', async (t) => {
    const unixPath = join(tmpdir(), `net-${uuid()}.sock`);
    await testListener(t, (inbound) => reply(inbound, 200, 'unix'), { unixPath });
    const client = new RawClient(net.connect({ path: unixPath }));
    t.after(() => client.destroy());
    client.write(get);
    await client.has('unix');
  });

  it('says that a port is taken, even when it is shared', async (t) => {
    const listener = await testListener(t, () => undefined, { reusePort: true });
    await assert.rejects(bindAndLetGo('127.0.0.1', listener.port), { code: 'EADDRINUSE' });
    await assert.rejects(
      openListener({
        addresses: ['127.0.0.2', '127.0.0.1'],
        port: listener.port,
        sweeper: new Sweeper(),
        handler: () => undefined,
        settings: () => testSettings,
      }),
      { code: 'EADDRINUSE' },
    );
    // All or none: the first address was let go.
    await bindAndLetGo('127.0.0.2', listener.port);
    const second = await testListener(t, () => undefined, { reusePort: true, port: listener.port });
    assert.equal(second.port, listener.port);
  });

  it('frees the port and keeps connections when it stops accepting', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 200, 'still'));
    const client = listener.client();
    client.write(get);
    await client.has('still');
    await listener.stopAccepting();
    await bindAndLetGo('127.0.0.1', listener.port);
    client.received = '';
    client.write(get);
    await client.has('still');
  });

  it('asks the gate for each connection and tells it of each end', async (t) => {
    let open = 0;
    const full = new GatewayError('overloaded', 'too many connections', { retryAfter: 1 });
    const gate = {
      tryOpen: () => (open < 1 && ++open > 0 ? () => void (open -= 1) : full),
      clients: () => null,
    };
    const listener = await testListener(t, (inbound) => reply(inbound, 200, 'in'), { gate });
    const first = listener.client();
    first.write(get);
    await first.has('in');
    const second = listener.client();
    second.write(get);
    await second.has('too many connections');
    assert.match(second.received, /^HTTP\/1\.1 503 .*\r\nretry-after: 1\r\n/s);
    second.destroy();
    assert.equal(open, 1);
    first.destroy();
    await eventually(() => open === 0 && listener.connections === 0);
  });

  it('answers only so many of a flood of connections that are refused, and answers again later', async (t) => {
    const full = new GatewayError('overloaded', 'too many connections', { retryAfter: 1 });
    const gate = { tryOpen: () => full, clients: () => null };
    // Nobody is given up while this lasts.
    const sweeper = new Sweeper(60_000);
    const listener = await testListener(t, (inbound) => reply(inbound, 200, 'in'), { gate, sweeper });
    const clients = Array.from({ length: 300 }, () => {
      const socket = net.connect({ port: listener.port, host: '127.0.0.1', allowHalfOpen: true });
      t.after(() => socket.destroy());
      return new RawClient(socket);
    });
    await eventually(() => clients.every(({ received, closed }) => received.includes('too many') || closed));
    assert.equal(clients.filter(({ received }) => received !== '').length, 256);
    for (const client of clients) client.destroy();
    while (!(await listener.client().rest()).includes('too many'));
  });

  it('uses a new handler for the next request', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 200, 'old'));
    const client = listener.client();
    client.write(get);
    await client.has('old');
    listener.setHandler((inbound) => reply(inbound, 200, 'new'));
    client.write(get);
    await client.has('new');
  });
});

describe('TLS listeners', () => {
  it('choose the certificate by name: exact, wildcard, else the one for any', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 200, JSON.stringify(inbound.connection.tls)), {
      tls: [
        { hostname: '*.wild.test', tls: certified('wild') },
        { tls: certified('local') },
        { hostname: 'a.test', tls: certified('a') },
      ],
    });
    const insecure = { rejectUnauthorized: false };
    assert.equal(await served(tlsClient(t, listener.port, { servername: 'A.test', ...insecure })), 'DNS:a.test');
    assert.equal(await served(tlsClient(t, listener.port, { servername: 'x.wild.test' })), 'DNS:*.wild.test');
    assert.equal(
      await served(tlsClient(t, listener.port, { servername: 'x.y.wild.test', ...insecure })),
      'DNS:*.wild.test',
    );
    assert.match(await served(tlsClient(t, listener.port, { servername: 'else.test', ...insecure })), /localhost/);
    assert.match(await served(tlsClient(t, listener.port)), /localhost/);
    const client = tlsClient(t, listener.port, { servername: 'a.test' });
    client.write(get);
    await client.has('}');
    assert.match(client.received, /\{"serverName":"a.test","protocol":"TLSv1.3","alpn":""\}$/);
  });

  it('refuse names that no certificate is for', async (t) => {
    const failures: string[] = [];
    const listener = await testListener(t, () => assert.fail(), {
      tls: [{ hostname: 'a.test', tls: certified('a') }],
      onTlsFailure: (reason) => failures.push(reason),
    });
    assert.match(
      await served(tlsClient(t, listener.port, { servername: 'b.test' })),
      /^ERR_SSL_TLSV1_UNRECOGNIZED_NAME$/,
    );
    const nameless = tlsClient(t, listener.port, { rejectUnauthorized: false });
    await nameless.until(() => nameless.closed);
    await eventually(() => failures.length === 2);
    assert.match(failures.join(), /no certificate for "b.test"|no server name/);
  });

  it('swap certificates for new handshakes and keep the old ones when the new are not usable', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 200, 'x'), { tls: [{ tls: certified('a') }] });
    const old = tlsClient(t, listener.port, { rejectUnauthorized: false });
    assert.equal(await served(old), 'DNS:a.test');
    assert.throws(() => listener.update(httpsPort([{ tls: certified('a', { certificate: 'nonsense' }) }])));
    assert.equal(await served(tlsClient(t, listener.port, { rejectUnauthorized: false })), 'DNS:a.test');
    listener.update(httpsPort([{ tls: certified('wild') }]));
    assert.equal(await served(tlsClient(t, listener.port, { rejectUnauthorized: false })), 'DNS:*.wild.test');
    old.write(get);
    await old.has('\r\n\r\nx');
  });

  it('demand a client certificate where the host has roots, and only there', async (t) => {
    const failures: string[] = [];
    const seen: ConnectionInfo[] = [];
    const listener = await testListener(
      t,
      (inbound) => {
        seen.push(inbound.connection);
        reply(inbound, 200, 'in');
      },
      {
        tls: [{ hostname: 'a.test', tls: certified('a', { clientRoots: pem('ca.pem') }) }, { tls: certified('local') }],
        onTlsFailure: (reason) => failures.push(reason),
      },
    );
    const good = tlsClient(t, listener.port, { servername: 'a.test', cert: pem('client.pem'), key: pem('client.key') });
    good.write(get);
    await good.has('in');
    const { client } = seen[0]?.tls ?? {};
    assert.equal(client?.subject, 'O=Clients, CN=client one');
    assert.deepEqual(client?.subjectAltNames, ['client.test', 'spiffe://test/client']);
    assert.match(client?.issuer ?? '', /CN=ca/);
    assert.match(client?.pem ?? '', /BEGIN CERTIFICATE/);
    const without = tlsClient(t, listener.port, { servername: 'a.test' });
    without.write(get);
    await without.until(() => without.closed);
    const stranger = tlsClient(t, listener.port, {
      servername: 'a.test',
      cert: pem('stranger.pem'),
      key: pem('stranger.key'),
    });
    stranger.write(get);
    await stranger.until(() => stranger.closed);
    assert.equal(without.received + stranger.received, '');
    assert.deepEqual(
      failures.map((reason) => reason.slice(0, 22)),
      ['no client certificate', 'the client certificate'],
    );
    const elsewhere = tlsClient(t, listener.port, { servername: 'localhost' });
    elsewhere.write(get);
    await elsewhere.has('in');
    assert.equal(seen.at(-1)?.tls?.client, undefined);
  });

  it('hold each host to its own TLS versions', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 200, 'in'), {
      tls: [
        { hostname: 'a.test', tls: certified('a', { minVersion: 'TLSv1.3' }) },
        { hostname: 'x.wild.test', tls: certified('wild', { maxVersion: 'TLSv1.2' }) },
      ],
    });
    const low = tlsClient(t, listener.port, { servername: 'a.test', maxVersion: 'TLSv1.2' });
    await low.until(() => low.closed);
    const fine = tlsClient(t, listener.port, { servername: 'x.wild.test', maxVersion: 'TLSv1.2' });
    fine.write(get);
    await fine.has('in');
  });

  it('give up a handshake that takes too long, and count it as a connection until then', async (t) => {
    const failures: string[] = [];
    const listener = await testListener(t, () => assert.fail(), {
      sweeper: new Sweeper(10),
      tls: [{ tls: certified('a') }],
      settings: { tlsHandshakeTimeoutMs: 80 },
      onTlsFailure: (reason) => failures.push(reason),
    });
    const client = listener.client();
    await eventually(() => listener.connections === 1);
    await client.until(() => client.closed || client.ended);
    await eventually(() => listener.connections === 0);
    assert.deepEqual(failures, ['the handshake took too long']);
  });

  it('do not time out once the handshake is done', async (t) => {
    const listener = await testListener(t, (inbound) => reply(inbound, 200, 'later'), {
      sweeper: new Sweeper(10),
      tls: [{ tls: certified('a') }],
      settings: { tlsHandshakeTimeoutMs: 60 },
    });
    const client = tlsClient(t, listener.port, { servername: 'a.test' });
    await served(client);
    await new Promise((resolve) => setTimeout(resolve, 150));
    client.write(get);
    await client.has('later');
  });

  it('notice a client that leaves, and stream large bodies', async (t) => {
    let closed: boolean | null = null;
    const listener = await testListener(
      t,
      (inbound) => {
        if (inbound.head.path === '/wait') {
          inbound.observer = { onDrain: () => undefined, onClosed: (complete) => (closed = complete) };
        } else reply(inbound, 200, 'x'.repeat(3_000_000));
      },
      { tls: [{ tls: certified('a') }] },
    );
    const reader = tlsClient(t, listener.port, { servername: 'a.test' });
    reader.write(get);
    await reader.until(() => reader.received.length > 3_000_000);
    const client = tlsClient(t, listener.port, { servername: 'a.test' });
    client.write('GET /wait HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => listener.connections === 2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.socket.end();
    await eventually(() => closed !== null);
    assert.equal(closed, false);
  });
});
