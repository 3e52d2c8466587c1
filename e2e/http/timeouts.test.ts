import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, RawClient, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startRawUpstream, startUpstream } from '../../testkit/upstream.ts';

test('a request that takes too long gets 504, and its upstream connection closes', async () => {
  await using upstream = await startRawUpstream();
  await using gateway = await startGateway(oneRoute('{ timeout: { requestTimeout: 100ms } }', upstream.host));
  const { status, text } = await send(gateway.port);
  assert.equal(status, 504);
  assert.equal(JSON.parse(text).error.reason, 'upstreamTimeout');
  const connection = await upstream.connection(0);
  await connection.until(() => connection.ended || connection.closed);
  const [line] = await gateway.lines(1);
  assert.equal(line?.['reason'], 'upstreamTimeout');
  assert.equal(gateway.metric('requests', { status: '504', reason: 'upstreamTimeout' }), 1);
  assert.equal(gateway.metric('requests_in_flight'), 0);
});

test('a backend that does not answer in time gets 504, by the route’s limit or the backend’s', async () => {
  await using upstream = await startRawUpstream();
  await using gateway = await startGateway(oneRoute('{ timeout: { backendRequestTimeout: 100ms } }', upstream.host));
  assert.equal((await send(gateway.port)).status, 504);
  const policies = 'policies: { http: { requestTimeout: 100ms } }';
  await gateway.reload(oneRoute('', `{ host: "${upstream.host}", ${policies} }`));
  assert.equal((await send(gateway.port)).status, 504);
  for (const connection of upstream.connections) await connection.until(() => connection.ended || connection.closed);
});

test('the limit of a try ends with the response head, that of the request with the body', async () => {
  const begin = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello';
  await using upstream = await startRawUpstream((connection) => {
    connection.socket.once('data', () => connection.write(begin));
  });
  await using gateway = await startGateway(oneRoute('{ timeout: { backendRequestTimeout: 80ms } }', upstream.host));
  const patient = RawClient.connect(gateway.port);
  patient.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await patient.has('hello');
  await new Promise((resolve) => setTimeout(resolve, 200));
  (await upstream.connection(0)).write('world');
  await patient.has('helloworld');
  patient.destroy();

  await using stalling = await startRawUpstream((connection) => {
    connection.socket.once('data', () => connection.write(begin));
  });
  await gateway.reload(oneRoute('{ timeout: { requestTimeout: 100ms } }', stalling.host));
  const cut = RawClient.connect(gateway.port);
  cut.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  assert.ok((await cut.rest()).endsWith('hello'));
  const connection = await stalling.connection(0);
  await connection.until(() => connection.ended || connection.closed);
  const lines = await gateway.lines(2);
  assert.equal(lines[1]?.['reason'], 'upstreamTimeout');
  assert.equal(lines[1]?.['http.status'], 200);
});

test('the limit of the request covers a delay and the pauses between tries', async () => {
  await using upstream = await startUpstream((_request, response) => response.writeHead(503).end());
  const limit = 'timeout: { requestTimeout: 100ms }';
  await using gateway = await startGateway(oneRoute(`{ ${limit}, delay: { duration: "10s" } }`, upstream.host));
  assert.equal((await send(gateway.port)).status, 504);
  await gateway.reload(oneRoute(`{ ${limit}, retry: { attempts: 200, backoff: 5s, codes: [503] } }`, upstream.host));
  assert.equal((await send(gateway.port)).status, 504);
  assert.equal(upstream.requests.length, 1);
});

test('a slow upload counts against the request, and the answer says so', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('{ timeout: { requestTimeout: 100ms } }', upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nslow');
  await client.has('HTTP/1.1 504 ');
  await eventually(() => upstream.connections === 0, 'the end of the upstream connection');
  client.destroy();
});

test('a delay waits, by a duration or an expression, and not at all where it yields nothing positive', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const took = async (duration: string): Promise<number> => {
    await gateway.reload(oneRoute(`{ delay: { duration: "${duration}" } }`, upstream.host));
    const before = performance.now();
    assert.equal((await send(gateway.port, { headers: { 'x-delay': '150' } })).status, 200);
    return performance.now() - before;
  };
  assert.ok((await took('150ms')) >= 149);
  assert.ok((await took("int(request.headers['x-delay'])")) >= 149);
  assert.ok((await took("duration('150ms')")) >= 149);
  await took('0');
  await took('-5');
  await took("int(request.headers['absent'])");
  assert.equal(upstream.requests.length, 6);
});

test('a client that leaves during a delay ends the exchange, and the upstream hears nothing', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('{ delay: { duration: "300ms" } }', upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await eventually(() => gateway.metric('requests_in_flight') === 1);
  client.socket.resetAndDestroy();
  const [line] = await gateway.lines(1);
  assert.equal(line?.['reason'], 'clientGone');
  assert.equal(line?.['http.status'], 499);
  await send(gateway.port);
  assert.equal(upstream.requests.length, 1);
});
