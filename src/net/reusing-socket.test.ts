import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { joinStreams } from './relay.ts';
import { connectReusing, type ReusingSocket } from './reusing-socket.ts';
import { eventually } from './testing/raw-client.ts';

/** A server that tells of each connection. */
async function listening(t: TestContext, onSocket: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    t.after(() => socket.destroy());
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return (server.address() as net.AddressInfo).port;
}

/** A socket, paused, and the server's end of its connection. */
async function pair(t: TestContext): Promise<{ socket: ReusingSocket; server: net.Socket }> {
  const accepted: net.Socket[] = [];
  const socket = connectReusing({ port: await listening(t, (one) => accepted.push(one)), host: '127.0.0.1' });
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.pause();
  await eventually(() => accepted.length === 1);
  return { socket, server: accepted[0] as net.Socket };
}

describe('a socket that uses its memory again', () => {
  it('lends it to its reader, and has other memory when that keeps it', async (t) => {
    const { socket, server } = await pair(t);
    const chunks: Buffer[] = [];
    let keeps = false;
    socket.readBy((chunk) => {
      chunks.push(chunk);
      return keeps ? 'keeps' : 'done';
    });
    socket.resume();
    for (const text of ['first', 'other', 'third', 'after']) {
      keeps = text === 'third';
      const before = chunks.length;
      server.write(text);
      await eventually(() => chunks.length > before);
    }
    assert.deepEqual(chunks.map(String), ['third', 'third', 'third', 'after']);
  });

  it('takes more of it while much comes', async (t) => {
    const { socket, server } = await pair(t);
    const sizes: number[] = [];
    let received = 0;
    socket.readBy((chunk) => {
      received += chunk.length;
      sizes.push(chunk.buffer.byteLength);
      return 'done';
    });
    server.write(Buffer.alloc(100_000));
    await eventually(() => server.writableLength === 0);
    socket.resume();
    await eventually(() => received === 100_000);
    for (let i = 0; i < 3; i++) {
      server.write('x');
      await eventually(() => received === 100_001 + i);
    }
    assert.deepEqual([sizes[0], sizes[1], sizes.at(-1)], [4096, 32_768, 4096]);
  });

  it('stops and goes on, and tells of the end', async (t) => {
    const { socket, server } = await pair(t);
    let text = '';
    socket.readBy((chunk) => {
      text += String(chunk);
      if (text === 'one') socket.pause();
      return 'done';
    });
    socket.resume();
    server.write('one');
    await eventually(() => text === 'one');
    server.end('two');
    await eventually(() => server.writableFinished);
    assert.equal(text, 'one');
    socket.resume();
    await once(socket, 'end');
    assert.equal(text, 'onetwo');
  });

  it('is like any other as long as it has no reader', async (t) => {
    const { socket, server } = await pair(t);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.resume();
    for (const text of ['one', 'two']) {
      const before = chunks.length;
      server.write(text);
      await eventually(() => chunks.length > before);
    }
    assert.deepEqual(chunks.map(String), ['one', 'two']);
  });

  it('is relayed whole to a client that is slow', async (t) => {
    // More than the system holds of two connections.
    const data = Buffer.alloc(24_000_000, randomBytes(999_983));
    const port = await listening(t, (socket) => socket.end(data));
    const outer = await listening(t, (socket) => {
      socket.pause();
      const upstream = connectReusing({ port, host: '127.0.0.1' });
      upstream.once('connect', () => {
        upstream.pause();
        joinStreams(socket, upstream);
      });
    });
    const client = net.connect({ port: outer, host: '127.0.0.1' });
    t.after(() => client.destroy());
    const hash = createHash('sha256');
    client.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      client.pause();
      setImmediate(() => client.resume());
    });
    await once(client, 'end');
    assert.equal(client.bytesRead, data.length);
    assert.equal(hash.digest('hex'), createHash('sha256').update(data).digest('hex'));
  });
});
