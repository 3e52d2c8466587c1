import assert from 'node:assert/strict';
import net from 'node:net';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { asSocket } from './stream-socket.ts';

test('a socket stays itself, half-open allowed', () => {
  const socket = new net.Socket();
  assert.equal(asSocket(socket), socket);
  assert.equal(socket.allowHalfOpen, true);
});

test('a stream becomes a socket whose directions end one by one', async () => {
  const [near, far] = duplexPair();
  const socket = asSocket(near);
  assert.ok(socket instanceof net.Socket);
  let text = '';
  far.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise((resolve) => far.once('end', resolve));
  socket.on('data', (chunk: Buffer) => socket.write(`${chunk.toString()}!`));
  socket.on('end', () => socket.end('bye'));
  far.end('hi');
  await ended;
  assert.equal(text, 'hi!bye');
});
