import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import tls from 'node:tls';
import type { ListenerHandle } from '../listen.ts';
import { Sweeper } from '../sweeper.ts';
import { certified, pem } from '../testing/certificates.ts';
import { eventually, RawClient } from '../testing/raw-client.ts';
import { reply, testListener } from '../testing/test-listener.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** A port with a host of its own and one for any name, and why handshakes failed there. */
async function named(
  t: TestContext,
  handshakeTimeoutMs = 15_000,
): Promise<{ listener: ListenerHandle & { client: () => RawClient }; failures: string[] }> {
  const failures: string[] = [];
  const listener = await testListener(t, (inbound) => reply(inbound, 200, 'in'), {
    sweeper: new Sweeper(10),
    tls: [{ hostname: 'a.test', tls: certified('a') }, { tls: certified('local') }],
    settings: { tlsHandshakeTimeoutMs: handshakeTimeoutMs },
    onTlsFailure: (reason) => failures.push(reason),
  });
  return { listener, failures };
}

function connect(t: TestContext, port: number, options: tls.ConnectionOptions): RawClient {
  const socket = tls.connect({ port, host: '127.0.0.1', ca: pem('ca.pem'), ...options });
  t.after(() => socket.destroy());
  return new RawClient(socket);
}

describe('handshakes of a port with several hosts', () => {
  it('end in time, also for clients that say nothing', async (t) => {
    const { listener, failures } = await named(t, 60);
    const client = listener.client();
    await client.until(() => client.closed || client.ended);
    await eventually(() => listener.connections === 0);
    assert.deepEqual(failures, ['the handshake took too long']);
  });

  it('end where the first bytes are not TLS', async (t) => {
    const { listener, failures } = await named(t);
    const client = listener.client();
    client.write(get);
    await client.until(() => client.closed || client.ended);
    assert.deepEqual(failures, ['not TLS']);
    assert.equal(client.received, '');
  });

  it('end with clients that leave', async (t) => {
    const { listener, failures } = await named(t);
    const client = listener.client();
    client.write('\x16\x03\x01');
    await eventually(() => listener.connections === 1);
    client.socket.end();
    await eventually(() => listener.connections === 0);
    assert.deepEqual(failures, ['the client left during the handshake']);
  });

  it('end where a server name is none, which could be read in two ways', async (t) => {
    const { listener, failures } = await named(t);
    const client = connect(t, listener.port, { servername: 'a.test!', rejectUnauthorized: false });
    client.write(get);
    await client.until(() => client.closed);
    assert.equal(client.received, '');
    assert.deepEqual(failures, ['the server name is not valid']);
  });

  it('resume sessions of the same host, and of no other', async (t) => {
    const { listener } = await named(t);
    const first = tls.connect({ port: listener.port, host: '127.0.0.1', ca: pem('ca.pem'), servername: 'a.test' });
    t.after(() => first.destroy());
    const [session] = (await once(first, 'session')) as [Buffer];
    const resumed = async (servername: string): Promise<boolean> => {
      const client = connect(t, listener.port, { servername, session, rejectUnauthorized: false });
      client.write(get);
      await client.has('in');
      return (client.socket as tls.TLSSocket).isSessionReused();
    };
    assert.equal(await resumed('a.test'), true);
    assert.equal(await resumed('localhost'), false);
  });
});
