import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { eventually, RawClient, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { closedHost, startRawUpstream, startUpstream } from '../../testkit/upstream.ts';

function mirrored(mirror: string, percentage = '1', more = ''): string {
  return `{ requestMirror: { backend: { host: "${mirror}" }, percentage: ${percentage} }${more} }`;
}

test('a copy of the request goes to the mirror with its body, and its answer is dropped', async () => {
  await using upstream = await startUpstream();
  await using mirror = await startUpstream((_request, response) => response.writeHead(500).end('not this one'));
  await using gateway = await startGateway(oneRoute(mirrored(mirror.host), upstream.host));
  const reply = await send(gateway.port, {
    method: 'POST',
    path: '/a?b=1',
    body: 'with a length',
    headers: { 'x-mine': '1' },
  });
  assert.deepEqual([reply.status, reply.text], [200, 'ok']);
  const copy = await mirror.request(1);
  assert.deepEqual([copy.method, copy.url, copy.body.toString()], ['POST', '/a?b=1', 'with a length']);
  assert.equal(copy.headers['x-mine'], '1');
  await send(gateway.port);
  assert.equal((await mirror.request(2)).body.length, 0);
});

test('a chunked body is mirrored too, also when the request was buffered', async () => {
  await using upstream = await startUpstream();
  await using mirror = await startUpstream();
  await using gateway = await startGateway(oneRoute(mirrored(mirror.host), upstream.host));
  const body = (): Readable => Readable.from(['some ', 'chunks ', 'x'.repeat(100_000)]);
  await send(gateway.port, { method: 'POST', body: body() });
  assert.equal((await upstream.request(1)).body.length, 100_012);
  assert.deepEqual((await mirror.request(1)).body, (await upstream.request(1)).body);
  await gateway.reload(oneRoute(mirrored(mirror.host, '1', ', buffer: { request: {} }'), upstream.host));
  await send(gateway.port, { method: 'POST', body: body() });
  assert.deepEqual((await mirror.request(2)).body, (await upstream.request(2)).body);
});

test('a share of 0 mirrors nothing', async () => {
  await using upstream = await startUpstream();
  await using mirror = await startUpstream();
  await using gateway = await startGateway(oneRoute(mirrored(mirror.host, '0'), upstream.host));
  for (let i = 0; i < 20; i++) await send(gateway.port);
  assert.equal(upstream.requests.length, 20);
  assert.equal(mirror.requests.length, 0);
});

test('a mirror that is not there, or that resets, changes nothing for the client', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute(mirrored(await closedHost()), upstream.host));
  assert.equal((await send(gateway.port, { method: 'POST', body: 'a' })).text, 'ok');
  await using resetting = await startRawUpstream(({ socket }) => socket.resetAndDestroy());
  await gateway.reload(oneRoute(mirrored(resetting.host), upstream.host));
  assert.equal((await send(gateway.port, { method: 'POST', body: 'a' })).text, 'ok');
  const lines = await gateway.lines(2);
  assert.deepEqual(
    lines.map((line) => line['error']),
    [undefined, undefined],
  );
});

test('a mirror that reads nothing does not slow the request, and gets no more than a bounded part', async () => {
  await using upstream = await startUpstream();
  await using mirror = await startRawUpstream(({ socket }) => socket.pause());
  await using gateway = await startGateway(oneRoute(mirrored(mirror.host), upstream.host));
  const size = 16 * 1024 * 1024;
  const reply = await send(gateway.port, { method: 'POST', body: Buffer.alloc(size, 'x') });
  assert.equal(reply.text, 'ok');
  assert.equal((await upstream.request(1)).body.length, size);
  const copy = await mirror.connection(0);
  copy.socket.resume();
  await copy.until(() => copy.ended || copy.closed, 'the end of the copy');
  assert.ok(copy.received.length < size);
});

test('a copy ends with its request: nothing stays half sent when the answer comes before the body', async () => {
  await using upstream = await startRawUpstream((connection) => {
    connection.socket.once('data', () => connection.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nearly'));
  });
  await using mirror = await startRawUpstream();
  await using gateway = await startGateway(oneRoute(mirrored(mirror.host), upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\nstart');
  await client.has('early');
  const copy = await mirror.connection(0);
  await copy.until(() => copy.closed || copy.ended, 'the end of the copy');
  client.destroy();
});

test('a copy breaks off when the client does', async () => {
  await using upstream = await startRawUpstream();
  await using mirror = await startRawUpstream();
  await using gateway = await startGateway(oneRoute(mirrored(mirror.host), upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nstart\r\n');
  const copy = await mirror.connection(0);
  await copy.has('start');
  client.destroy();
  await copy.until(() => copy.closed || copy.ended, 'the end of the copy');
  assert.ok(!copy.received.includes('0\r\n\r\n'));
});

test('a mirror may be a service', async () => {
  await using upstream = await startUpstream();
  await using one = await startUpstream();
  await using two = await startUpstream();
  const service = (host: string, uid: string): string =>
    `{ uid: ${uid}, name: ${uid}, namespace: ns, workloadIps: [127.0.0.1], services: { ns/copies.example: { "80": ${host.split(':')[1]} } } }`;
  await using gateway = await startGateway(
    `${oneRoute('{ requestMirror: { backend: { service: { name: ns/copies.example, port: 80 } }, percentage: 1 } }', upstream.host)}
services: [{ name: copies, namespace: ns, hostname: copies.example, ports: { "80": 80 } }]
workloads: [${service(one.host, 'a')}, ${service(two.host, 'b')}]
`,
  );
  for (let i = 0; i < 8; i++) await send(gateway.port, { path: `/${i}` });
  await eventually(() => one.requests.length + two.requests.length === 8);
  assert.ok(one.requests.length > 0 && two.requests.length > 0);
});
