import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { Logger } from '../../../base/logger.ts';
import { StoreConnection } from './store-connection.ts';

/** A server that answers as a Redis does, but says nothing before it is let. */
async function silentServer(t: TestContext): Promise<{
  readonly url: string;
  readonly connected: Promise<void>;
  speak(): void;
}> {
  const { promise: connected, resolve } = Promise.withResolvers<void>();
  const { promise: allowed, resolve: speak } = Promise.withResolvers<void>();
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    resolve();
    socket.on('error', () => undefined);
    socket.on('data', async (bytes: Buffer) => {
      await allowed;
      for (const command of bytes
        .toString()
        .split(/^\*\d+\r\n/m)
        .slice(1))
        socket.write(answerTo(command));
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, connected, speak };
}

function answerTo(command: string): string {
  if (/HELLO/i.test(command)) return '%1\r\n+proto\r\n:3\r\n';
  if (/EVALSHA/i.test(command)) return '*5\r\n:1\r\n$1\r\n4\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n0\r\n';
  return '+OK\r\n';
}

const args = ['take', '5', '5', '1000', '1', '1', '0'];

test('what is asked before the first connection stands waits for it', { timeout: 20_000 }, async (t) => {
  const server = await silentServer(t);
  const connection = new StoreConnection(new Logger(() => undefined));
  t.after(() => connection.close());
  connection.connect(server.url);
  const atOnce = connection.run('k', args, 10_000);
  await server.connected;
  const meanwhile = connection.run('k', args, 10_000);
  server.speak();
  for (const reply of await Promise.all([atOnce, meanwhile])) assert.equal(reply[0], 1);
});

test('a store that cannot be reached fails at once from then on, and is said once', { timeout: 20_000 }, async (t) => {
  const server = await silentServer(t);
  const said: string[] = [];
  const connection = new StoreConnection(new Logger((line) => said.push(line)));
  t.after(() => connection.close());
  connection.connect(server.url.replace('127.0.0.1', '127.0.0.2'));
  for (let i = 0; i < 2; i++) await assert.rejects(connection.run('k', args, 10_000), /not connected/);
  assert.equal(said.length, 1);
});
