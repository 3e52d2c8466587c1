import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import http from 'node:http';
import { eventually, RawClient, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { closedHost, startRawUpstream, startUpstream, type Answer } from '../../testkit/upstream.ts';

/** Answers 503 to the first `n` requests. */
function failing(n: number): Answer {
  let seen = 0;
  return (_request, response) => {
    if (seen++ < n) response.writeHead(503).end('failed');
    else response.end('ok');
  };
}

const retry = (more = ''): string => `{ retry: { attempts: 2, codes: [503]${more} } }`;

test('n attempts make n + 1 tries, and each retry says which it is', async () => {
  await using upstream = await startUpstream(failing(2));
  await using gateway = await startGateway(oneRoute(retry(), upstream.host));
  assert.equal((await send(gateway.port)).text, 'ok');
  assert.deepEqual(
    upstream.requests.map(({ headers }) => headers['x-retry-attempt']),
    [undefined, '1', '2'],
  );
  const [line] = await gateway.lines(1);
  assert.equal(line?.['retry.attempt'], 2);
  assert.equal(gateway.metric('retries'), 2);
  upstream.answer(failing(9));
  const { status, text } = await send(gateway.port);
  assert.deepEqual([status, text, upstream.requests.length], [503, 'failed', 6]);
});

test('statuses that are not listed are passed on at once', async () => {
  await using upstream = await startUpstream((_request, response) => response.writeHead(500).end());
  await using gateway = await startGateway(oneRoute(retry(), upstream.host));
  assert.equal((await send(gateway.port)).status, 500);
  assert.equal(upstream.requests.length, 1);
});

test('a condition on the response retries too, and a false precondition prevents all retries', async () => {
  await using upstream = await startUpstream((request, response) => {
    response.setHeader('x-again', request.headers['x-retry-attempt'] === '2' ? 'no' : 'yes');
    response.end('ok');
  });
  const condition = `, condition: "response.headers['x-again'] == 'yes'", precondition: "request.method == 'GET'"`;
  await using gateway = await startGateway(oneRoute(retry(condition), upstream.host));
  assert.equal((await send(gateway.port)).headers['x-again'], 'no');
  assert.equal(upstream.requests.length, 3);
  assert.equal((await send(gateway.port, { method: 'DELETE' })).headers['x-again'], 'yes');
  assert.equal(upstream.requests.length, 4);
});

test('pauses between tries grow from the configured one', async () => {
  await using upstream = await startUpstream(failing(2));
  await using gateway = await startGateway(oneRoute(retry(', backoff: 80ms'), upstream.host));
  const before = performance.now();
  assert.equal((await send(gateway.port)).text, 'ok');
  // At least half of 80 ms and half of 160 ms.
  assert.ok(performance.now() - before >= 115);
});

test('a body is sent again whole, with a length or chunked', async () => {
  await using upstream = await startUpstream(failing(2));
  await using gateway = await startGateway(oneRoute(retry(), upstream.host));
  const body = 'x'.repeat(60_000);
  assert.equal((await send(gateway.port, { method: 'POST', body })).text, 'ok');
  upstream.answer(failing(2));
  const chunks = Readable.from([body.slice(0, 100), body.slice(100)]);
  assert.equal((await send(gateway.port, { method: 'POST', body: chunks })).text, 'ok');
  assert.equal(upstream.requests.length, 6);
  for (const request of upstream.requests) assert.equal(request.body.toString(), body);
});

test('a body over 64 KiB is not kept: the first answer counts', async () => {
  await using upstream = await startUpstream(failing(1));
  await using gateway = await startGateway(oneRoute(retry(), upstream.host));
  const { status } = await send(gateway.port, { method: 'POST', body: 'x'.repeat(65_537) });
  assert.deepEqual([status, upstream.requests.length], [503, 1]);
});

test('a body that still streams during a retry arrives whole at the next try', async () => {
  const failed = 'HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n';
  await using upstream = await startRawUpstream((connection, index) => {
    if (index === 0) connection.socket.once('data', () => connection.write(failed));
  });
  await using gateway = await startGateway(oneRoute(retry(', backoff: 100ms'), upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 15\r\n\r\nfirst');
  const first = await upstream.connection(0);
  await first.until(() => first.ended || first.closed);
  client.write('while');
  const second = await upstream.connection(1);
  await second.has('firstwhile');
  client.write('after');
  await second.has('firstwhileafter');
  assert.match(second.received, /x-retry-attempt: 1/);
  second.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  await client.has('\r\n\r\nok');
  client.destroy();
});

test('more than the copy holds, sent during the pause, reaches the next try nevertheless', async () => {
  const failed = 'HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n';
  await using upstream = await startRawUpstream((connection, index) => {
    if (index === 0) connection.socket.once('data', () => connection.write(failed));
  });
  await using gateway = await startGateway(oneRoute(retry(', backoff: 200ms'), upstream.host));
  const client = RawClient.connect(gateway.port);
  const rest = 'x'.repeat(300_000);
  client.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${5 + rest.length}\r\n\r\nfirst`);
  const first = await upstream.connection(0);
  await first.until(() => first.ended || first.closed);
  client.write(rest);
  const second = await upstream.connection(1);
  await second.until(() => second.received.endsWith(`first${rest}`), 'the whole body');
  second.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  await client.has('\r\n\r\nok');
  client.destroy();
});

test('a refused connection, a reset before the head and a try that takes too long are retried', async () => {
  await using gateway = await startGateway(oneRoute(retry(', backoff: 20ms'), await closedHost()));
  assert.equal((await send(gateway.port)).status, 503);
  assert.equal((await gateway.lines(1))[0]?.['retry.attempt'], 2);

  await using upstream = await startRawUpstream((connection, index) => {
    connection.socket.once('data', () => {
      if (index === 0) connection.socket.resetAndDestroy();
      if (index === 2) connection.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
  });
  await gateway.reload(
    oneRoute(`{ retry: { attempts: 2, codes: [503] }, timeout: { backendRequestTimeout: 100ms } }`, upstream.host),
  );
  assert.equal((await send(gateway.port)).text, 'ok');
  assert.equal(upstream.connections.length, 3);
});

test('without a retry policy a failed connection is 503 and a reset 502', async () => {
  await using upstream = await startRawUpstream(({ socket }) => socket.once('data', () => socket.resetAndDestroy()));
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const reset = await send(gateway.port);
  assert.deepEqual([reset.status, JSON.parse(reset.text).error.reason], [502, 'upstreamReset']);
  await gateway.reload(oneRoute('', await closedHost()));
  const refused = await send(gateway.port);
  assert.deepEqual([refused.status, JSON.parse(refused.text).error.reason], [503, 'connectFailed']);
});

test('nothing is retried once the answer has begun', async () => {
  await using upstream = await startRawUpstream(({ socket }) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', () => socket.resetAndDestroy());
    });
  });
  await using gateway = await startGateway(oneRoute(retry(), upstream.host));
  await assert.rejects(send(gateway.port));
  assert.equal(upstream.connections.length, 1);
});

test('a held response whose upstream dies is retried as if it had not begun', async () => {
  await using upstream = await startRawUpstream((connection, index) => {
    connection.socket.once('data', () => {
      if (index === 0) {
        connection.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', () => connection.socket.destroy());
      } else connection.write('HTTP/1.1 204 No Content\r\n\r\n');
    });
  });
  await using gateway = await startGateway(
    oneRoute('{ retry: { attempts: 1, codes: [503] }, buffer: { response: {} } }', upstream.host),
  );
  assert.equal((await send(gateway.port)).status, 204);
});

test('a kept connection that the upstream closes under a request: idempotent ones are sent again, others are not', async () => {
  const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
  // The first request on each connection is answered, the second closes it.
  await using upstream = await startRawUpstream((connection) => {
    connection.socket.once('data', () => {
      connection.write(ok);
      connection.socket.once('data', () => connection.socket.destroy());
    });
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  assert.equal((await send(gateway.port)).status, 200);
  assert.equal((await send(gateway.port)).status, 200);
  assert.equal(upstream.connections.length, 2);
  // The transparent repeat is no retry that the upstream should know of.
  assert.ok(!upstream.connections[1]?.received.includes('x-retry-attempt'));
  const post = await send(gateway.port, { method: 'POST', body: 'a' });
  assert.equal(post.status, 502);
  assert.equal(upstream.connections.length, 2);
  assert.equal((await send(gateway.port, { method: 'PUT' })).status, 200);
  assert.equal((await send(gateway.port, { method: 'PUT', body: 'streamed' })).status, 502);
});

test('a retry on a kept connection keeps the client’s connection and order', async () => {
  await using upstream = await startUpstream(failing(1));
  await using gateway = await startGateway(oneRoute(retry(), upstream.host));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const replies = await Promise.all([1, 2, 3].map(() => send(gateway.port, { agent })));
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 200, 200],
  );
  agent.destroy();
  await eventually(() => gateway.metric('connections_open') === 0);
  assert.equal(gateway.metric('downstream_connections'), 1);
});
