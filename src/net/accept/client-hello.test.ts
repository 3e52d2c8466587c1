import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, it } from 'node:test';
import tls from 'node:tls';
import fc from 'fast-check';
import { ClientHelloReader, type ClientHello } from './client-hello.ts';

function readClientHello(bytes: Buffer): ClientHello | 'invalid' | null {
  return new ClientHelloReader().read(bytes);
}

/** What OpenSSL sends first. */
async function hello(options: tls.ConnectionOptions): Promise<Buffer> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ port, host: '127.0.0.1', ...options });
  client.on('error', () => undefined);
  const socket = await new Promise<net.Socket>((resolve) => server.once('connection', resolve));
  const bytes = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

/** The same hello in records of `size` bytes. */
function fragmented(bytes: Buffer, size: number): Buffer {
  const message = bytes.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    const header = Buffer.from([22, 3, 1, 0, 0]);
    header.writeUInt16BE(part.length, 3);
    records.push(header, part);
  }
  return Buffer.concat(records);
}

describe('the ClientHello', () => {
  it('names the server, in lower case, in any pieces and records, with large key shares, too', async () => {
    for (const options of [
      { servername: 'API.example.test' },
      { servername: 'api.example.test', ecdhCurve: 'X25519MLKEM768:X25519', minVersion: 'TLSv1.3' },
      { servername: 'api.example.test', maxVersion: 'TLSv1.2', ALPNProtocols: ['h2', 'http/1.1'] },
    ] as const) {
      const bytes = await hello(options as tls.ConnectionOptions);
      for (const whole of [bytes, fragmented(bytes, 1), fragmented(bytes, 100)]) {
        const reader = new ClientHelloReader();
        for (let length = 0; length < whole.length; length++) {
          assert.equal(reader.read(whole.subarray(0, length)), null, String(length));
        }
        assert.deepEqual(reader.read(whole), { serverName: 'api.example.test' });
        assert.deepEqual(readClientHello(whole), { serverName: 'api.example.test' });
        assert.deepEqual(readClientHello(Buffer.concat([whole, Buffer.from('more')])), {
          serverName: 'api.example.test',
        });
      }
    }
  });

  it('may name none', async () => {
    assert.deepEqual(readClientHello(await hello({})), { serverName: '' });
  });

  it('is not what other protocols begin with', () => {
    for (const text of ['GET / HTTP/1.1\r\n', 'SSH-2.0-x\r\n', '\x16\x02', '\x16\x03\x01\0\0', '\x15\x03\x01\0\x02']) {
      assert.equal(readClientHello(Buffer.from(text, 'latin1')), 'invalid', text);
    }
    assert.equal(readClientHello(Buffer.from('16030100040200ffff', 'hex')), 'invalid', 'a ServerHello');
    assert.equal(readClientHello(Buffer.from('160301000401ffffff', 'hex')), 'invalid', 'an absurd length');
  });

  it('never throws, whatever is broken in it', async () => {
    const bytes = await hello({ servername: 'api.example.test' });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const broken = Buffer.from(bytes);
        broken[at] = value;
        const read = readClientHello(broken);
        return read === null || read === 'invalid' || typeof read.serverName === 'string';
      }),
      { numRuns: 2000 },
    );
  });
});
