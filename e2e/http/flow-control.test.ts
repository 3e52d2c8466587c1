import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { eventually, RawClient, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { inTurn, startRawUpstream, startUpstream } from '../../testkit/upstream.ts';

const mib = 1024 * 1024;
/** What the sockets of the system may hold on both hops, and the gateway's own buffers. */
const mostHeld = 24 * mib;

test('a client that reads nothing stops its upstream: the gateway holds a bounded part', async () => {
  const size = 128 * mib;
  const piece = Buffer.alloc(mib, 'x');
  let written = 0;
  await using upstream = await startRawUpstream(({ socket }) => {
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
      const more = (): void => {
        while (written < size) {
          written += piece.length;
          if (!socket.write(piece)) {
            socket.once('drain', more);
            return;
          }
        }
      };
      more();
    });
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const client = net.connect(gateway.port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await eventually(() => written > 0);
  let before = -1;
  await eventually(async () => {
    const still = before === written;
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return still && before === written;
  }, 'an upstream that waits');
  assert.ok(written < mostHeld, `${written} bytes left the upstream`);
  // Once it reads, all of it comes.
  let received = 0;
  client.on('data', (chunk: Buffer) => (received += chunk.length));
  await eventually(() => received >= size, 'the whole response');
  client.destroy();
});

test('an upstream that reads nothing stops the client’s upload', async () => {
  await using upstream = await startRawUpstream(({ socket }) => socket.pause());
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const client = net.connect(gateway.port, '127.0.0.1');
  client.on('error', () => undefined);
  const size = 128 * mib;
  client.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\n`);
  const piece = Buffer.alloc(mib, 'x');
  let taken = 0;
  const more = (): void => {
    client.write(piece, (error) => {
      if (error !== null && error !== undefined) return;
      taken += piece.length;
      more();
    });
  };
  more();
  let before = -1;
  await eventually(async () => {
    const still = before === taken;
    before = taken;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return still && before === taken;
  }, 'a client that waits');
  assert.ok(taken < mostHeld, `${taken} bytes were taken`);
  client.destroy();
});

test('large bodies pass whole, up and down, for many at once', async () => {
  await using upstream = await startUpstream((request, response) => {
    response.end(request.body);
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const body = Buffer.alloc(4 * mib + 17, 'abcdefg');
  const replies = await Promise.all(Array.from({ length: 8 }, () => send(gateway.port, { method: 'POST', body })));
  for (const { bytes } of replies) assert.ok(bytes.equals(body));
});

test('a client that goes away aborts its upstream at once: before the head, during the body, during the upload', async () => {
  await using upstream = await startRawUpstream((connection, index) => {
    if (index === 1) {
      connection.socket.once('data', () => {
        connection.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n');
      });
    }
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const gone = async (index: number, request: string, until: string): Promise<void> => {
    const client = RawClient.connect(gateway.port);
    client.write(request);
    const connection = await upstream.connection(index);
    await connection.has(until);
    if (index === 1) await client.has('hello');
    client.socket.resetAndDestroy();
    await connection.until(() => connection.ended || connection.closed, `the end of connection ${index}`);
  };
  await gone(0, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n', 'GET');
  await gone(1, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n', 'GET');
  await gone(2, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\npart', 'part');
  const lines = await gateway.lines(3);
  assert.deepEqual(
    lines.map((line) => [line['reason'], line['http.status']]),
    [
      ['clientGone', 499],
      ['clientGone', 200],
      ['clientGone', 499],
    ],
  );
  assert.equal(gateway.metric('requests_in_flight'), 0);
  await eventually(() => gateway.metric('connections_open') === 0);
});

test('a client that closes its side in order, while it waits, is noticed as gone', async () => {
  await using upstream = await startRawUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const client = net.connect(gateway.port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  const connection = await upstream.connection(0);
  await connection.has('GET');
  client.destroy();
  await connection.until(() => connection.ended || connection.closed);
});

test('an upstream that dies in the middle of a body cannot be mistaken for its end', async () => {
  const heads = [
    'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n',
  ];
  for (const reset of [false, true]) {
    await using upstream = await startRawUpstream(({ socket }, index) => {
      socket.once('data', () => {
        socket.write(heads[index % 2] as string);
        setTimeout(() => (reset ? socket.resetAndDestroy() : socket.end()), 20);
      });
    });
    await using gateway = await startGateway(oneRoute('', upstream.host));
    await assert.rejects(send(gateway.port), 'with a length');
    await assert.rejects(send(gateway.port), 'chunked');
    const old = RawClient.connect(gateway.port);
    old.write('GET / HTTP/1.0\r\nhost: a\r\n\r\n');
    await old.until(() => old.closed || old.ended);
    const chunkedToOld = RawClient.connect(gateway.port);
    chunkedToOld.write('GET / HTTP/1.0\r\nhost: a\r\n\r\n');
    await chunkedToOld.until(() => chunkedToOld.closed || chunkedToOld.ended);
    // Until-close framing has no other sign of failure than a reset.
    assert.equal(chunkedToOld.error?.code, 'ECONNRESET');
    const lines = await gateway.lines(4);
    assert.ok(lines.every((line) => line['reason'] === 'upstreamReset'));
  }
});

test('an answer that comes before the upload has ended reaches the client, which may go on', async () => {
  await using upstream = await startRawUpstream((connection) =>
    inTurn(connection, ['HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno']),
  );
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const small = RawClient.connect(gateway.port);
  small.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nstart');
  await small.has('\r\n\r\nno');
  small.write('-rest');
  small.write('GET /next HTTP/1.1\r\nhost: a\r\n\r\n');
  await small.until(() => small.received.split('403 Forbidden').length === 3, 'the answer to the next request');
  small.destroy();
  const large = RawClient.connect(gateway.port);
  large.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${64 * mib}\r\n\r\nstart`);
  await large.has('\r\n\r\nno');
  // Far more than is worth dropping: the connection ends.
  large.write('x'.repeat(500_000));
  await large.rest();
  large.destroy();
});

test('a client that leaves an idle stream is noticed at once, also on a connection that would have been closed', async () => {
  const left = Promise.withResolvers<void>();
  await using upstream = await startUpstream((_request, response) => {
    response.on('close', left.resolve);
    response.write('data: 1\n\n');
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  await client.has('data: 1');
  client.socket.end();
  await left.promise;
  client.destroy();
});
