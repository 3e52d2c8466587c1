import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { RawClient, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { inTurn, startRawUpstream, startUpstream } from '../../testkit/upstream.ts';

test('a WebSocket upgrade is relayed both ways, and its end too', async () => {
  await using upstream = await startRawUpstream((connection) => {
    connection.socket.once('data', () => {
      const key = /sec-websocket-key: (.+)\r\n/i.exec(connection.received)?.[1] ?? '';
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      connection.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\nearly`,
      );
    });
  });
  await using gateway = await startGateway(oneRoute('{ timeout: { requestTimeout: 100ms } }', upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write(
    'GET /chat HTTP/1.1\r\nhost: a\r\nconnection: keep-alive, Upgrade\r\nupgrade: websocket\r\n' +
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\nfrom client',
  );
  await client.has('early');
  assert.match(client.received, /^HTTP\/1\.1 101 /);
  assert.match(client.received, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
  assert.match(client.received, /connection: upgrade\r\n/i);
  const connection = await upstream.connection(0);
  await connection.has('from client');
  // The limits of the request ended with the upgrade.
  await new Promise((resolve) => setTimeout(resolve, 250));
  connection.write('\x81\x02hi');
  await client.has('\x81\x02hi');
  client.write('\x88\x00');
  await connection.has('\x88\x00');
  client.socket.end();
  await connection.until(() => connection.ended);
  connection.socket.end();
  await client.until(() => client.ended);
  const [line] = await gateway.lines(1);
  assert.equal(line?.['http.status'], 101);
});

test('an upgrade that the upstream declines is an ordinary response', async () => {
  await using upstream = await startRawUpstream((connection) =>
    inTurn(connection, ['HTTP/1.1 426 Upgrade Required\r\ncontent-length: 2\r\n\r\nno']),
  );
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const client = RawClient.connect(gateway.port);
  const request = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';
  client.write(request);
  await client.has('\r\n\r\nno');
  client.write(request);
  await client.until(() => client.received.split('426 ').length === 3);
  client.destroy();
});

test('an upgrade to another HTTP is not passed on: its requests would get around the routes', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  for (const protocol of ['h2c', 'websocket, h2c', 'HTTP/2.0', 'TLS/1.3']) {
    const client = RawClient.connect(gateway.port);
    client.write(
      `GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: ${protocol}\r\nhttp2-settings: AAA\r\n\r\n`,
    );
    await client.has('\r\n\r\nok');
    const headers = upstream.requests.at(-1)?.headers;
    assert.deepEqual([headers?.upgrade, headers?.['http2-settings']], [undefined, undefined]);
    client.destroy();
  }
});

test('CONNECT is refused', async () => {
  await using gateway = await startGateway(oneRoute('{ directResponse: { status: 200 } }'));
  const client = RawClient.connect(gateway.port);
  client.write('CONNECT a.test:443 HTTP/1.1\r\nhost: a.test:443\r\n\r\n');
  await client.has('methodNotAllowed');
  assert.match(client.received, /^HTTP\/1\.1 405 /);
  client.destroy();
});

test('answers to HEAD, 204 and 304 have no body, and keep what they say of one', async () => {
  await using upstream = await startUpstream((request, response) => {
    if (request.url === '/304') response.writeHead(304, { etag: '"a"' }).end();
    else if (request.url === '/204') response.writeHead(204).end();
    else
      response.writeHead(200, { 'content-length': 1234 }).end(request.method === 'HEAD' ? undefined : 'x'.repeat(1234));
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write('HEAD / HTTP/1.1\r\nhost: a\r\n\r\nGET /204 HTTP/1.1\r\nhost: a\r\n\r\n');
  client.write('GET /304 HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await client.has('x'.repeat(1234));
  const heads = client.received.split('\r\n\r\n');
  assert.match(heads[0] ?? '', /^HTTP\/1\.1 200 [^]*content-length: 1234/);
  assert.match(heads[1] ?? '', /^HTTP\/1\.1 204 /);
  assert.ok(!heads[1]?.includes('content-length'));
  assert.match(heads[2] ?? '', /^HTTP\/1\.1 304 [^]*etag: "a"/);
  assert.match(heads[3] ?? '', /^HTTP\/1\.1 200 /);
  client.destroy();
});

test('early hints are relayed before the answer', async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' });
    response.end('ok');
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const { informational, status, text } = await send(gateway.port);
  assert.deepEqual([informational, status, text], [[103], 200, 'ok']);
  const old = RawClient.connect(gateway.port);
  old.write('GET / HTTP/1.0\r\n\r\n');
  assert.ok(!(await old.rest()).includes('103'));
});

test('a client that waits for 100 gets it when the body is wanted', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n');
  await client.has('HTTP/1.1 100 Continue\r\n\r\n');
  client.write('body');
  await client.has('ok');
  const { body, headers } = await upstream.request(1);
  assert.equal(body.toString(), 'body');
  assert.equal(headers.expect, undefined);
  client.destroy();
});

test('an HTTP/1.0 client gets its answer, and the connection closes unless it asked to keep it', async () => {
  await using upstream = await startUpstream((request, response) => {
    if (request.url === '/chunked') response.write('in ');
    response.end('chunks');
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const once = RawClient.connect(gateway.port);
  once.write('GET / HTTP/1.0\r\nhost: a\r\n\r\n');
  assert.match(await once.rest(), /^HTTP\/1\.1 200 [^]*content-length: 6\r\n[^]*\r\n\r\nchunks$/);
  const chunked = RawClient.connect(gateway.port);
  chunked.write('GET /chunked HTTP/1.0\r\nconnection: keep-alive\r\nhost: a\r\n\r\n');
  const answer = await chunked.rest();
  assert.ok(answer.endsWith('\r\n\r\nin chunks'), answer);
  assert.ok(!answer.includes('transfer-encoding'));
  const kept = RawClient.connect(gateway.port);
  kept.write('GET / HTTP/1.0\r\nconnection: keep-alive\r\nhost: a\r\n\r\n');
  await kept.has('chunks');
  kept.write('GET / HTTP/1.0\r\nhost: a\r\n\r\n');
  assert.equal((await kept.rest()).split('HTTP/1.1 200').length, 3);
});

test('trailers pass both ways', async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.setHeader('trailer', 'x-sum');
    response.write('body');
    response.addTrailers({ 'x-sum': 'of response' });
    response.end();
  });
  for (const policies of ['', '{ retry: { attempts: 1, codes: [503] } }']) {
    await using gateway = await startGateway(oneRoute(policies, upstream.host));
    const reply = await send(gateway.port, {
      method: 'POST',
      headers: { 'transfer-encoding': 'chunked', trailer: 'x-check', te: 'trailers' },
      body: 'abc',
      trailers: { 'x-check': 'of request' },
    });
    assert.equal(reply.trailers['x-sum'], 'of response');
    assert.equal(upstream.requests.at(-1)?.trailers['x-check'], 'of request');
  }
});

test('chunk extensions are dropped and the chunks pass, both ways', async () => {
  const body = '3;a=1\r\nabc\r\n2;b="x;y"\r\nde\r\n0;last\r\n\r\n';
  await using upstream = await startRawUpstream((connection) => {
    connection.socket.on('data', () => {
      if (connection.received.endsWith('0\r\n\r\n')) {
        connection.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body}`);
      }
    });
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write(`POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${body}`);
  await client.has('\r\n0\r\n\r\n');
  const plain = '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n';
  assert.ok(client.received.endsWith(`\r\n\r\n${plain}`), client.received);
  assert.ok((await upstream.connection(0)).received.endsWith(`\r\n\r\n${plain}`));
  client.destroy();
});

test('an upstream that ends its body by closing is no failure, and its connection is not used again', async () => {
  const answers = [
    'HTTP/1.0 200 OK\r\n\r\nold',
    'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 3\r\n\r\nnew',
  ];
  await using upstream = await startRawUpstream((connection, index) => {
    connection.socket.once('data', () => connection.socket.end(answers[index] ?? ''));
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const client = RawClient.connect(gateway.port);
  const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
  client.write(get);
  await client.has('3\r\nold\r\n0\r\n\r\n');
  client.write(get);
  await client.has('\r\n\r\nnew');
  assert.equal(upstream.connections.length, 2);
  client.destroy();
});

test('pipelined requests are answered in their order, whatever each takes', async () => {
  await using upstream = await startUpstream((request, response) => {
    setTimeout(() => response.end(request.url), request.url === '/slow' ? 100 : 0);
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const client = RawClient.connect(gateway.port);
  const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`;
  client.write(
    get('/slow') + get('/one') + 'POST /two HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc' + get('/end'),
  );
  await client.has('\r\n\r\n/end');
  assert.deepEqual(client.received.match(/\/(?:slow|one|two|end)/g), ['/slow', '/one', '/two', '/end']);
  assert.equal((await gateway.lines(4)).length, 4);
  client.destroy();
});

test('an absolute-form target routes by its host, and goes on in origin form', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const client = RawClient.connect(gateway.port);
  client.write('GET http://real.test/path?q=1 HTTP/1.1\r\nhost: ignored.test\r\n\r\n');
  await client.has('ok');
  const { url, headers } = await upstream.request(1);
  assert.deepEqual([url, headers.host], ['/path?q=1', 'real.test']);
  client.destroy();
});

test('an upstream’s broken response is 502, and never the client’s problem to parse', async () => {
  const answers = [
    'nonsense\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
    'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc',
    'HTTP/1.1 200 OK\r\nbad header: 1\r\n\r\n',
  ];
  await using upstream = await startRawUpstream((connection, index) => inTurn(connection, [answers[index] ?? '']));
  await using gateway = await startGateway(oneRoute('', upstream.host));
  for (const answer of answers) {
    const { status, text } = await send(gateway.port);
    assert.deepEqual([status, JSON.parse(text).error.reason], [502, 'upstreamProtocol'], answer);
  }
});
