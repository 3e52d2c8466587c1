import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';
import { sleep } from '../../src/base/clock.ts';
import { certificates, pem } from '../../testkit/certificates.ts';
import { eventually, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { closed, echoed, open, openOver2, startEcho, startEchoOver2 } from './websocket-ends.ts';

const sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 1_048_577, 16 * 1024 * 1024];

test('text and binary messages of all sizes come back whole, compressed or not', async () => {
  await using upstream = await startEcho({ perMessageDeflate: { threshold: 0 } });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  for (const perMessageDeflate of [false, true]) {
    const socket = await open(`ws://127.0.0.1:${gateway.port}/`, [], { perMessageDeflate });
    assert.equal(socket.extensions !== '', perMessageDeflate);
    for (const size of perMessageDeflate ? sizes.slice(0, -1) : sizes) {
      const bytes = randomBytes(size);
      const back = await echoed(socket, bytes, { fin: true });
      assert.ok(back.binary && back.data.equals(bytes), `${size} bytes`);
      const text = 'ä€😀x'.repeat(Math.min(size, 65_536) / 4);
      assert.equal((await echoed(socket, text)).data.toString(), text);
    }
    socket.close(4001, 'done');
    assert.deepEqual(await closed(socket), { code: 4001, reason: 'done' });
  }
  await eventually(() => upstream.closes.length === 2, 'the closes');
  assert.deepEqual(upstream.closes[0], { code: 4001, reason: 'done' });
});

test('fragments, pings within them and pongs pass', async () => {
  await using upstream = await startEcho();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const socket = await open(`ws://127.0.0.1:${gateway.port}/`);
  const message = new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())));
  const pong = new Promise((resolve) => socket.once('pong', (data) => resolve(data.toString())));
  socket.send('one ', { fin: false });
  socket.ping('are you there');
  socket.send('two ', { fin: false });
  socket.send('three', { fin: true });
  assert.deepEqual(await Promise.all([message, pong]), ['one two three', 'are you there']);
  const ping = new Promise((resolve) => socket.once('ping', (data) => resolve(data.toString())));
  for (const client of upstream.server.clients) client.ping('and you');
  assert.equal(await ping, 'and you');
  socket.terminate();
});

test('sub-protocols, extensions, paths and fields of the handshake pass', async () => {
  await using upstream = await startEcho({ handleProtocols: () => 'two' });
  await using gateway = await startGateway(
    oneRoute('{ requestHeaderModifier: { add: { X-Added: yes } } }', upstream.host),
  );
  let seen: http.IncomingMessage | undefined;
  upstream.server.on('connection', (_socket, request) => (seen = request));
  const socket = await open(`ws://127.0.0.1:${gateway.port}/chat/room?x=1`, ['one', 'two'], {
    headers: { 'x-own': 'mine', origin: 'https://page.test' },
  });
  assert.equal(socket.protocol, 'two');
  assert.equal(seen?.url, '/chat/room?x=1');
  assert.deepEqual(
    ['sec-websocket-protocol', 'x-own', 'origin', 'x-added'].map((name) => seen?.headers[name]),
    ['one,two', 'mine', 'https://page.test', 'yes'],
  );
  socket.terminate();
});

test('a handshake that the upstream refuses is an ordinary answer', async () => {
  await using upstream = await startEcho({ verifyClient: (_info, done) => done(false, 401, 'no') });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  await assert.rejects(open(`ws://127.0.0.1:${gateway.port}/`), /401/);
  const [line] = await gateway.lines(1);
  assert.deepEqual([line?.['http.status'], line?.['waygate.bytes.sent']], [401, undefined]);
});

test('what breaks the protocol is seen by the other end, which closes with its code', async () => {
  await using upstream = await startEcho({ maxPayload: 1000 });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const frames: [string, number[], number][] = [
    ['invalid UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe], 1007],
    ['a reserved bit', [0xf1, 0x80, 0, 0, 0, 0], 1002],
    ['a reserved opcode', [0x83, 0x80, 0, 0, 0, 0], 1002],
    ['no mask', [0x81, 0x01, 0x41], 1002],
    ['a continuation of nothing', [0x80, 0x80, 0, 0, 0, 0], 1002],
    ['a fragmented ping', [0x09, 0x80, 0, 0, 0, 0], 1002],
    ['a close with one byte', [0x88, 0x81, 0, 0, 0, 0, 3], 1002],
    ['a message that is too long', [0x82, 0xfe, 0x10, 0x00, 0, 0, 0, 0, ...Array<number>(4096).fill(1)], 1009],
  ];
  for (const [name, bytes, code] of frames) {
    const socket = await open(`ws://127.0.0.1:${gateway.port}/`, [], { perMessageDeflate: false });
    const end = closed(socket);
    (socket as unknown as { readonly _socket: net.Socket })._socket.write(Buffer.from(bytes));
    assert.equal((await end).code, code, name);
  }
  assert.equal(upstream.errors.length, frames.length);
});

test('close codes and reasons pass both ways', async () => {
  await using upstream = await startEcho();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  for (const code of [1000, 1001, 1003, 1011, 3000, 4999]) {
    const socket = await open(`ws://127.0.0.1:${gateway.port}/`);
    for (const client of upstream.server.clients) client.close(code, `because ${code}`);
    assert.deepEqual(await closed(socket), { code, reason: `because ${code}` });
  }
});

test('an end that vanishes ends the other, and the log says who', async () => {
  await using upstream = await startEcho();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const first = await open(`ws://127.0.0.1:${gateway.port}/`);
  (first as unknown as { readonly _socket: net.Socket })._socket.resetAndDestroy();
  await eventually(() => upstream.closes.length === 1, 'the close');
  assert.equal(upstream.closes[0]?.code, 1006);
  const second = await open(`ws://127.0.0.1:${gateway.port}/`);
  const end = closed(second);
  for (const client of upstream.server.clients) {
    (client as unknown as { readonly _socket: net.Socket })._socket.resetAndDestroy();
  }
  assert.equal((await end).code, 1006);
  assert.deepEqual(
    (await gateway.lines(2)).map((line) => line['reason']),
    ['clientGone', 'upstreamReset'],
  );
});

test('a session is logged when it ends, with what passed and for how long', async () => {
  await using upstream = await startEcho({ perMessageDeflate: false });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const socket = await open(`ws://127.0.0.1:${gateway.port}/`, [], { perMessageDeflate: false });
  await echoed(socket, Buffer.alloc(1000));
  assert.equal(await gateway.rawLog(), '');
  assert.equal(gateway.metric('requests_in_flight'), 1);
  socket.close(1000);
  await closed(socket);
  const [line] = await gateway.lines(1);
  // A masked frame has 8 bytes of head at this length, an unmasked one 4; closes have 8 and 4 bytes in all.
  assert.deepEqual(
    [line?.['http.status'], line?.['waygate.bytes.received'], line?.['waygate.bytes.sent'], line?.['reason']],
    [101, 1008 + 8, 1004 + 4, undefined],
  );
  assert.equal(gateway.metric('requests_in_flight'), 0);
});

test('WebSockets over HTTP/2 reach HTTP/1.1 and HTTP/2 upstreams, and so do those over HTTP/1.1', async () => {
  await using one = await startEcho({ handleProtocols: () => 'chat' });
  await using two = await startEchoOver2();
  for (const backend of [one.host, `{ host: "${two.host}", policies: { http: { version: "2" } } }`]) {
    await using gateway = await startGateway(oneRoute('', backend));
    const over2 = await openOver2(gateway.port);
    assert.deepEqual(
      [over2.headers[':status'], over2.headers['sec-websocket-protocol'], over2.headers['sec-websocket-accept']],
      [200, 'chat', undefined],
    );
    const over1 = await open(`ws://127.0.0.1:${gateway.port}/chat`, ['chat'], { perMessageDeflate: false });
    assert.equal(over1.protocol, 'chat');
    for (const socket of [over2.socket, over1]) {
      for (const size of [0, 126, 65_536, 1_048_577]) {
        const bytes = randomBytes(size);
        assert.ok((await echoed(socket, bytes)).data.equals(bytes), `${size} bytes`);
      }
      socket.close(4002, 'over');
      assert.deepEqual(await closed(socket), { code: 4002, reason: 'over' });
    }
    over2.close();
    const lines = await gateway.lines(2);
    for (const line of lines) assert.equal(line['waygate.bytes.received'] !== undefined, true);
  }
});

test('an upstream that speaks HTTP/2 without WebSockets is asked over HTTP/1.1 where TLS leaves the choice', async () => {
  const web = http2.createSecureServer({ allowHTTP1: true, ...pem(certificates.local) });
  const server = new WebSocketServer({ server: web as unknown as http.Server });
  server.on('connection', (socket) => socket.on('message', (data: Buffer) => socket.send(data)));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', () => resolve()));
  const host = `127.0.0.1:${(web.address() as net.AddressInfo).port}`;
  await using gateway = await startGateway(
    oneRoute('', `{ host: "${host}", policies: { backendTLS: { insecure: true, alpn: [h2, http/1.1] } } }`),
  );
  const socket = await open(`ws://127.0.0.1:${gateway.port}/`);
  assert.equal((await echoed(socket, 'x')).data.toString(), 'x');
  socket.terminate();
  web.close();
});

test('bytes pass as they are, whatever they are, and no more than the reader takes', async (t) => {
  // Not WebSocket frames at all: random bytes both ways after the 101.
  // More than the system holds for two connections.
  const sent = Buffer.alloc(64 * 1024 * 1024, randomBytes(999_983));
  const received: Buffer[] = [];
  let upstreamSocket: net.Socket | undefined;
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    upstreamSocket = socket;
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.pause();
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await using gateway = await startGateway(oneRoute('', `127.0.0.1:${port}`));
  const client = net.connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => {
    client.destroy();
    upstreamSocket?.destroy();
    server.close();
  });
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n');
  await new Promise((resolve) => client.once('data', resolve));
  client.pause();
  client.end(sent);
  // Nobody reads upstream yet.
  await eventually(() => (upstreamSocket?.readableLength ?? 0) > 0, 'bytes on their way');
  assert.ok(client.writableLength > 0);
  upstreamSocket?.on('data', (chunk: Buffer) => received.push(chunk));
  const ended = new Promise((resolve) => upstreamSocket?.once('end', resolve));
  upstreamSocket?.resume();
  await ended;
  assert.ok(Buffer.concat(received).equals(sent));
  // The client has ended, and still reads.
  const back: Buffer[] = [];
  const over = new Promise((resolve) => client.once('end', resolve));
  client.on('data', (chunk: Buffer) => back.push(chunk));
  client.resume();
  upstreamSocket?.end(sent.subarray(0, 1_000_000));
  await over;
  assert.ok(Buffer.concat(back).equals(sent.subarray(0, 1_000_000)));
  const [line] = await gateway.lines(1);
  assert.deepEqual([line?.['waygate.bytes.received'], line?.['waygate.bytes.sent']], [sent.length, 1_000_000]);
});

test('route time-outs do not end a session that has begun, and it counts as a connection', async () => {
  await using upstream = await startEcho();
  await using gateway = await startGateway(
    oneRoute(
      '{ timeout: { requestTimeout: 100ms } }',
      upstream.host,
      'frontendPolicies: { tcp: { maxConnections: 1 } }',
    ),
  );
  const socket = await open(`ws://127.0.0.1:${gateway.port}/`);
  assert.equal((await send(gateway.port)).status, 503);
  await sleep(150);
  assert.equal((await echoed(socket, 'still')).data.toString(), 'still');
  socket.terminate();
});

test('an idle session is closed, one with pings is not', async () => {
  await using upstream = await startEcho();
  await using gateway = await startGateway(
    oneRoute('', upstream.host, 'frontendPolicies: { http: { tunnelIdleTimeout: 200ms } }'),
  );
  const idle = await open(`ws://127.0.0.1:${gateway.port}/`);
  const busy = await open(`ws://127.0.0.1:${gateway.port}/`);
  const pings = setInterval(() => busy.ping(), 20);
  assert.equal((await closed(idle)).code, 1006);
  assert.equal((await gateway.lines(1))[0]?.['reason'], 'idleTimeout');
  assert.equal((await echoed(busy, 'x')).data.toString(), 'x');
  clearInterval(pings);
  busy.terminate();
});

test('a drain leaves sessions the time that there is, then closes and records them', async () => {
  await using upstream = await startEcho();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const socket = await open(`ws://127.0.0.1:${gateway.port}/`);
  const end = closed(socket);
  const drained = gateway.plane.drain(0, 300);
  assert.equal((await echoed(socket, 'while draining')).data.toString(), 'while draining');
  await drained;
  assert.equal((await end).code, 1006);
  assert.equal((await gateway.lines(1))[0]?.['reason'], 'draining');
});
