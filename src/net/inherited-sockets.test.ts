import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fstatSync, openSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { divide, InheritedSockets, listeningSocket, listenOn } from './inherited-sockets.ts';

const socket = (fd: number, address: string, port: number) => ({ fd, address, port });

test('the sockets of each address are divided evenly, and every thread knows what is covered', () => {
  const sockets = [socket(3, '::', 80), socket(4, '::', 80), socket(5, '::', 80), socket(6, '127.0.0.1', 81)];
  const [first, second] = divide(sockets, 2);
  assert.deepEqual(
    first?.sockets.map(({ fd }) => fd),
    [3, 5, 6],
  );
  assert.deepEqual(
    second?.sockets.map(({ fd }) => fd),
    [4],
  );
  assert.equal(second?.covered.length, 4);
});

test('a descriptor is given once, and found however its address is written', () => {
  const inherited = new InheritedSockets({
    sockets: [socket(3, '::', 80), socket(4, '::1', 81), socket(5, '::1', 81)],
    covered: [socket(0, '::', 80), socket(0, '::1', 81), socket(0, '10.0.0.1', 82)],
  });
  assert.deepEqual(inherited.take(undefined, 80), [3]);
  assert.deepEqual(inherited.take(undefined, 80), []);
  assert.deepEqual(inherited.take('0:0:0:0:0:0:0:1', 81), [4, 5]);
  assert.deepEqual(inherited.take('10.0.0.1', 82), []);
  assert.equal(inherited.covers('10.0.0.1', 82), true);
  assert.equal(inherited.covers('10.0.0.2', 82), false);
});

test('what nobody wanted closes', () => {
  const fd = openSync('/dev/null', 'r');
  const inherited = new InheritedSockets({ sockets: [socket(fd, '::1', 80)], covered: [socket(fd, '::1', 80)] });
  inherited.settle();
  assert.throws(() => fstatSync(fd), /EBADF/);
  assert.equal(inherited.covers('::1', 80), false);
});

test('what is no socket cannot be listened on', () => {
  assert.throws(() => listenOn(createServer(), 1_000_000), /descriptor 1000000 cannot be listened on/);
});

test('a queue survives its first owner', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const own = listeningSocket(server);
  assert.ok(own !== undefined);
  const script = `const { createServer } = require('node:net');
    process.once('message', () => createServer((s) => s.end('successor')).listen({ fd: 3 }));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'inherit', 'inherit', own.fd, 'ipc'] });
  t.after(() => child.kill('SIGKILL'));
  await new Promise((resolve) => child.once('spawn', resolve));
  server.close();
  const client = connect(own.port, '127.0.0.1');
  const answer = new Promise((resolve) => client.on('data', (data) => resolve(String(data))));
  await new Promise((resolve) => client.once('connect', resolve));
  child.send('listen');
  assert.equal(await answer, 'successor');
});
