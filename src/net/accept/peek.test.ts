import assert from 'node:assert/strict';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import { Sweeper } from '../sweeper.ts';
import { eventually, RawClient } from '../testing/raw-client.ts';
import { Peek } from './peek.ts';

/** A client and the accepted end of its connection, from which nothing was read. */
async function pair(t: TestContext): Promise<{ client: RawClient; socket: net.Socket }> {
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
  const client = RawClient.connect((server.address() as net.AddressInfo).port);
  const socket = await accepted;
  t.after(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  return { client, socket };
}

test('bytes are put back as they came, less what is used up', async (t) => {
  for (const taken of [0, 3, 6]) {
    const { client, socket } = await pair(t);
    const seen: number[] = [];
    const known = new Promise<string>((resolve) => {
      new Peek<string>(
        socket,
        new Sweeper(20),
        0,
        (bytes) => {
          seen.push(bytes.length);
          return bytes.length >= 6 ? bytes.toString() : null;
        },
        { known: resolve, ended: () => assert.fail('ended'), taken: () => taken },
      );
      socket.resume();
    });
    for (const part of 'abcdef') {
      client.write(part);
      await eventually(() => seen.length > 0 && seen.at(-1) === 'abcdef'.indexOf(part) + 1);
    }
    assert.equal(await known, 'abcdef');
    client.write('!');
    let rest = '';
    socket.on('data', (chunk: Buffer) => (rest += chunk.toString()));
    socket.resume();
    await eventually(() => rest === `${'abcdef'.slice(taken)}!`, `the rest after ${taken}`);
  }
});

test('it ends once: by the client, by time, or a moment after a drain', async (t) => {
  const sweeper = new Sweeper(5);
  const peek = (socket: net.Socket, ms: number): { ends: () => number; peek: Peek<string> } => {
    let ends = 0;
    const one = new Peek<string>(socket, sweeper, ms, () => null, {
      known: () => assert.fail('known'),
      ended: () => (ends += 1),
    });
    socket.resume();
    return { ends: () => ends, peek: one };
  };
  const gone = await pair(t);
  const first = peek(gone.socket, 0);
  gone.client.socket.end('x');
  await eventually(() => first.ends() === 1);
  const late = await pair(t);
  const second = peek(late.socket, 20);
  late.client.write('x');
  await eventually(() => second.ends() === 1);
  const drained = await pair(t);
  const third = peek(drained.socket, 0);
  third.peek.drain();
  assert.equal(third.ends(), 0);
  await eventually(() => third.ends() === 1);
  drained.socket.destroy();
  gone.socket.destroy();
  await eventually(() => drained.socket.closed && gone.socket.closed);
  assert.deepEqual([first.ends(), second.ends(), third.ends()], [1, 1, 1]);
});
