import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import tls from 'node:tls';
import type { ConnectionInfo } from '../http/message.ts';
import type { ListenerHandle } from '../listen.ts';
import { certified, pem } from '../testing/certificates.ts';
import { eventually, RawClient } from '../testing/raw-client.ts';
import { reply, testListener } from '../testing/test-listener.ts';
import { plainHttp, type PortProtocols } from './protocols.ts';
import type { RawConnection } from './raw-connection.ts';

/** A listener whose raw connections are kept and echoed. */
async function listener(
  t: TestContext,
  protocols: PortProtocols,
  settings: { readonly headTimeoutMs?: number; readonly tlsHandshakeTimeoutMs?: number } = {},
): Promise<{
  handle: ListenerHandle & { readonly client: () => RawClient };
  raws: RawConnection[];
  refused: [string, ConnectionInfo][];
  drained: () => number;
}> {
  const raws: RawConnection[] = [];
  const refused: [string, ConnectionInfo][] = [];
  let drained = 0;
  const handle = await testListener(t, (inbound) => reply(inbound, 200, inbound.connection.remoteAddress), {
    protocols,
    settings,
    rawHandler(raw) {
      raws.push(raw);
      raw.socket.on('error', () => undefined);
      raw.socket.pipe(raw.socket);
      return { drain: () => void (drained += 1) };
    },
    onRefused: (reason, connection) => refused.push([reason, connection]),
  });
  return { handle, raws, refused, drained: () => drained };
}

function secure(t: TestContext, port: number, options: tls.ConnectionOptions): RawClient {
  const socket = tls.connect({ port, host: '127.0.0.1', ca: pem('ca.pem'), ...options });
  t.after(() => socket.destroy());
  return new RawClient(socket);
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const header = 'PROXY TCP4 192.0.2.1 192.0.2.2 5 6\r\n';

describe('what a port takes', () => {
  it('raw connections are handed on at once, without a byte', async (t) => {
    const { handle, raws } = await listener(t, { security: 'plain', inside: 'raw' });
    const client = handle.client();
    await eventually(() => raws.length === 1);
    client.write(get);
    await client.has(get);
    const [raw] = raws;
    assert.deepEqual([raw?.protocol, raw?.serverName], ['tcp', '']);
    assert.equal(raw?.connection.remotePort, client.socket.localPort);
  });

  it('the server name chooses between HTTPS, TLS that ends and TLS that passes', async (t) => {
    const { handle, raws } = await listener(t, {
      security: 'tls',
      https: [{ hostname: 'a.test', tls: certified('a') }],
      raw: [{ hostname: '*.wild.test', tls: certified('wild') }],
      passThrough: ['b.test'],
    });
    const https = secure(t, handle.port, { servername: 'a.test' });
    https.write(get);
    await https.has('127.0.0.1');
    const ended = secure(t, handle.port, { servername: 'X.wild.test', ALPNProtocols: ['anything'] });
    ended.write('inside');
    await ended.has('inside');
    assert.equal((ended.socket as tls.TLSSocket).alpnProtocol, false);
    // The echo of a hello is no handshake, which is fine here: it was passed on.
    const passed = secure(t, handle.port, { servername: 'b.test' });
    await passed.until(() => passed.closed);
    // A name that nobody has is refused in the handshake.
    const nobody = secure(t, handle.port, { servername: 'c.test' });
    await nobody.until(() => nobody.closed);
    assert.deepEqual(
      raws.map(({ serverName, protocol, connection }) => [serverName, protocol, connection.tls?.serverName]),
      [
        ['x.wild.test', 'tls', 'x.wild.test'],
        ['b.test', 'tls', undefined],
      ],
    );
  });

  it('where all TLS is passed on, names that nobody has are, too: who serves them refuses', async (t) => {
    const { handle, raws } = await listener(t, { security: 'tls', https: [], raw: [], passThrough: ['b.test'] });
    const client = secure(t, handle.port, { servername: 'c.test' });
    await client.until(() => client.closed);
    assert.equal(raws[0]?.serverName, 'c.test');
  });

  it('plain bytes and silence on a TLS port close the connection', async (t) => {
    const { handle, raws, refused } = await listener(
      t,
      { security: 'tls', https: [], raw: [], passThrough: [undefined] },
      { tlsHandshakeTimeoutMs: 50 },
    );
    const plain = handle.client();
    plain.write(get);
    await plain.rest();
    const silent = handle.client();
    await silent.rest();
    assert.equal(raws.length, 0);
    assert.deepEqual(
      refused.map(([reason]) => reason),
      ['not TLS'],
    );
  });

  it('a PROXY header gives the addresses, before HTTP, TLS and raw bytes', async (t) => {
    const proxyProtocol = { version: 'all', mode: 'strict' } as const;
    const http = await listener(t, { ...plainHttp, proxyProtocol });
    const client = http.handle.client();
    client.write(header + get);
    await client.has('192.0.2.1');
    const { handle, raws } = await listener(t, { security: 'plain', inside: 'raw', proxyProtocol });
    const other = handle.client();
    other.write(`${header}first`);
    await other.has('first');
    assert.deepEqual(raws[0]?.connection, {
      remoteAddress: '192.0.2.1',
      remotePort: 5,
      localAddress: '192.0.2.2',
      localPort: 6,
      raw: { address: '127.0.0.1', port: other.socket.localPort },
    });
    const ended = await listener(t, {
      security: 'tls',
      https: [],
      raw: [{ tls: certified('a') }],
      passThrough: [],
      proxyProtocol,
    });
    const plain = ended.handle.client();
    plain.socket.removeAllListeners('data');
    plain.write(header);
    const inside = secure(t, 0, { socket: plain.socket, servername: 'a.test' });
    inside.write('x');
    await inside.has('x');
    assert.equal(ended.raws[0]?.connection.remoteAddress, '192.0.2.1');
    assert.equal(ended.raws[0]?.connection.tls?.serverName, 'a.test');
  });

  it('a header that does not come, or is none, closes the connection', async (t) => {
    const proxyProtocol = { version: 'v1', mode: 'strict' } as const;
    const { handle, refused } = await listener(t, { ...plainHttp, proxyProtocol }, { headTimeoutMs: 50 });
    const client = handle.client();
    client.write('PROXY TCP4 ');
    assert.equal(await client.rest(), '');
    const bad = handle.client();
    bad.write(get);
    assert.equal(await bad.rest(), '');
    assert.deepEqual(
      refused.map(([reason, { remoteAddress }]) => [reason, remoteAddress]),
      [['no valid PROXY header', '127.0.0.1']],
    );
  });

  it('a drain ends what has said nothing yet and tells raw connections', async (t) => {
    const proxyProtocol = { version: 'all', mode: 'strict' } as const;
    const { handle, raws, drained } = await listener(t, { security: 'plain', inside: 'raw', proxyProtocol });
    const served = handle.client();
    served.write(header);
    await eventually(() => raws.length === 1);
    const silent = handle.client();
    await eventually(() => handle.connections === 2);
    handle.drain();
    await silent.rest();
    assert.equal(drained(), 1);
    served.write('on');
    await served.has('on');
    // One that comes in between is told as well.
    const late = handle.client();
    await late.rest();
  });

  it('changes for connections that begin afterwards', async (t) => {
    const { handle, raws, drained } = await listener(t, { security: 'plain', inside: 'raw' });
    const before = handle.client();
    await eventually(() => raws.length === 1);
    handle.update({ security: 'plain', inside: 'raw' });
    assert.equal(drained(), 0);
    const bad = { ...certified('a'), certificate: 'nonsense' };
    assert.throws(() =>
      handle.update({ security: 'tls', https: [{ tls: certified('a') }], raw: [{ tls: bad }], passThrough: [] }),
    );
    handle.update(plainHttp);
    assert.equal(drained(), 1);
    const after = handle.client();
    after.write(get);
    await after.has('200 OK');
    before.write('still');
    await before.has('still');
  });
});
