import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { joinStreams, type RelayCounts, type RelayFailure } from './relay.ts';
import { eventually, RawClient } from './testing/raw-client.ts';

/** Two clients joined by a relay. */
async function joined(
  t: TestContext,
  before: (first: net.Socket) => void = () => undefined,
): Promise<{
  left: RawClient;
  right: RawClient;
  counts: RelayCounts;
  closed: () => number;
  failure: () => RelayFailure | null;
}> {
  const sockets: net.Socket[] = [];
  const server = net.createServer({ allowHalfOpen: true }, (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const left = RawClient.connect(port);
  await eventually(() => sockets.length === 1);
  const right = RawClient.connect(port);
  await eventually(() => sockets.length === 2);
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    left.destroy();
    right.destroy();
    server.close();
  });
  let closed = 0;
  let broke: RelayFailure | null = null;
  before(sockets[0] as net.Socket);
  const counts = joinStreams(sockets[0] as net.Socket, sockets[1] as net.Socket, (_, failure) => {
    closed += 1;
    broke = failure;
  });
  return { left, right, counts, closed: () => closed, failure: () => broke };
}

describe('a relay', () => {
  it('copies both ways, counts, and passes on the end of one direction', async (t) => {
    const { left, right, counts, closed } = await joined(t);
    left.socket.end('question');
    await right.until(() => right.ended);
    assert.equal(right.received, 'question');
    right.socket.end('answers');
    assert.equal(await left.rest(), 'answers');
    await eventually(() => closed() === 1);
    assert.deepEqual(counts, { forward: 8, backward: 7 });
  });

  it('resets the other when one breaks, and says which did', async (t) => {
    const { left, right, closed, failure } = await joined(t);
    left.write('x');
    await right.has('x');
    left.socket.resetAndDestroy();
    await right.until(() => right.closed);
    assert.equal(right.error?.code, 'ECONNRESET');
    await eventually(() => closed() === 1);
    assert.equal(failure()?.side, 'first');
    assert.match(String(failure()?.error), /ECONNRESET/);
  });

  it('lets a slow side read to the end when the other has closed', async (t) => {
    const { left, right, counts, closed, failure } = await joined(t);
    const size = 30_000_000;
    right.socket.removeAllListeners('data');
    right.socket.pause();
    right.socket.end();
    await left.until(() => left.ended);
    left.socket.end(Buffer.alloc(size));
    await eventually(() => counts.forward > 0);
    let received = 0;
    right.socket.on('data', (chunk: Buffer) => (received += chunk.length));
    right.socket.resume();
    await right.until(() => right.ended);
    assert.equal(received, size);
    await eventually(() => closed() === 1);
    assert.equal(failure(), null);
  });

  it('frees what it has passed on, and nothing that still waits', async (t) => {
    const data = Buffer.alloc(24_000_000, randomBytes(999_983));
    const chunks: Buffer[] = [];
    const { left, right } = await joined(t, (first) => first.on('data', (chunk: Buffer) => chunks.push(chunk)));
    right.socket.removeAllListeners('data');
    left.socket.write(data.subarray(0, 50_000));
    const hash = createHash('sha256');
    let received = 0;
    right.socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      hash.update(chunk);
      right.socket.pause();
      setImmediate(() => right.socket.resume());
    });
    await eventually(() => received === 50_000);
    assert.deepEqual(
      chunks.map(({ length }) => length).filter((length) => length >= 4096),
      [],
    );
    left.socket.write(data.subarray(50_000));
    await eventually(() => received === data.length);
    assert.equal(hash.digest('hex'), createHash('sha256').update(data).digest('hex'));
  });

  it('reads no more than the other side takes', async (t) => {
    const { left, right, counts } = await joined(t);
    right.socket.pause();
    left.socket.write(Buffer.alloc(100_000_000));
    await eventually(() => counts.forward > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(counts.forward < 50_000_000);
    right.socket.removeAllListeners('data');
    right.socket.resume();
    await eventually(() => counts.forward === 100_000_000);
  });
});
