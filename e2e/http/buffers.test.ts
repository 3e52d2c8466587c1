import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { RawClient, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startRawUpstream, startUpstream } from '../../testkit/upstream.ts';

const buffer = (what: string, more = ''): string => `{ buffer: { ${what}: { maxBytes: 10${more} } } }`;
const failOpen = ', failureMode: failOpen';

test('a request reaches its backend only when all of it has come, then with its length', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute(buffer('request'), upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n');
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(upstream.connections, 0);
  client.write('3\r\ndef\r\n0\r\n\r\n');
  await client.has('ok');
  const { headers, body } = await upstream.request(1);
  assert.deepEqual([headers['content-length'], body.toString()], ['6', 'abcdef']);
  client.destroy();
});

test('a request over the limit is 413, by its length before it is read, or as it comes', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute(buffer('request'), upstream.host));
  assert.equal((await send(gateway.port, { method: 'POST', body: '0123456789' })).status, 200);
  const { status, text } = await send(gateway.port, { method: 'POST', body: '0123456789+' });
  assert.deepEqual([status, JSON.parse(text).error.reason], [413, 'bodyTooLarge']);
  assert.match(text, /larger than \d+ bytes/);
  const chunks = Readable.from(['01234', '56789', '+']);
  assert.equal((await send(gateway.port, { method: 'POST', body: chunks })).status, 413);
  assert.equal(upstream.requests.length, 1);
});

test('a client that asks before it sends is refused without sending', async () => {
  await using gateway = await startGateway(oneRoute(buffer('request'), '127.0.0.1:1'));
  const client = RawClient.connect(gateway.port);
  client.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\nexpect: 100-continue\r\n\r\n');
  const answer = await client.rest();
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.ok(!answer.includes('100 Continue'));
  client.destroy();
});

test('a request over a limit that fails open streams on unchanged', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute(buffer('request', failOpen), upstream.host));
  const body = 'x'.repeat(200_000);
  assert.equal((await send(gateway.port, { method: 'POST', body })).status, 200);
  assert.equal((await upstream.request(1)).body.toString(), body);
  await send(gateway.port, { method: 'POST', body: Readable.from(['abc', body]) });
  assert.equal((await upstream.request(2)).body.toString(), `abc${body}`);
  await send(gateway.port, { method: 'POST', body: 'short' });
  assert.equal((await upstream.request(3)).body.toString(), 'short');
});

test('a response reaches its client only when all of it has come, then with its length', async () => {
  await using upstream = await startRawUpstream((connection) => {
    connection.socket.once('data', () =>
      connection.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'),
    );
  });
  await using gateway = await startGateway(oneRoute(buffer('response'), upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  const connection = await upstream.connection(0);
  await connection.has('GET');
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(client.received, '');
  connection.write('3\r\ndef\r\n0\r\n\r\n');
  await client.has('abcdef');
  assert.match(client.received, /content-length: 6\r\n/);
  client.destroy();
});

test('a response over the limit is 502, and its upstream is let go', async () => {
  await using upstream = await startUpstream((_request, response) => response.end('0123456789+'));
  await using gateway = await startGateway(oneRoute(buffer('response'), upstream.host));
  const { status, text } = await send(gateway.port);
  assert.deepEqual([status, JSON.parse(text).error.reason], [502, 'responseTooLarge']);
  const [line] = await gateway.lines(1);
  assert.equal(line?.['http.status'], 502);
  await gateway.reload(oneRoute(buffer('response', failOpen), upstream.host));
  assert.equal((await send(gateway.port)).text, '0123456789+');
  upstream.answer((_request, response) => {
    response.write('0123456789+');
    response.end('x'.repeat(500_000));
  });
  const long = await send(gateway.port);
  assert.equal(long.text.length, 500_011);
});

test('answers without a body pass a response buffer', async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.setHeader('content-length', 500);
    response.end();
  });
  await using gateway = await startGateway(oneRoute(buffer('response'), upstream.host));
  const { status, headers } = await send(gateway.port, { method: 'HEAD' });
  assert.deepEqual([status, headers['content-length']], [200, '500']);
});
