import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import http2 from 'node:http2';
import { describe, test } from 'node:test';
import { ask, http2Client } from '../../src/net/testing/http2-client.ts';
import { http2Server } from '../../src/net/testing/http2-server.ts';
import { eventually, RawClient, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startRawUpstream, startUpstream } from '../../testkit/upstream.ts';

const { NGHTTP2_NO_ERROR, NGHTTP2_CANCEL } = http2.constants;

/** A backend that is spoken to over HTTP/2 with prior knowledge. */
function overHttp2(port: number): string {
  return `{ host: "127.0.0.1:${port}", policies: { http: { version: "2" } } }`;
}

const slack = 16 * 1024 * 1024;

describe('from HTTP/1.1 to HTTP/2', () => {
  test('a body of unknown length passes with trailers, both ways', async (t) => {
    let seen: http2.IncomingHttpHeaders | undefined;
    let trailers: http2.IncomingHttpHeaders | undefined;
    const upstream = await http2Server(t, (stream, headers) => {
      seen = headers;
      stream.on('trailers', (fields) => (trailers = fields));
      stream.respond({ ':status': 200, 'x-from': 'h2' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }));
      stream.pipe(stream);
    });
    await using gateway = await startGateway(oneRoute('', overHttp2(upstream.port)));
    const reply = await send(gateway.port, {
      method: 'POST',
      path: '/a?b=c',
      headers: {
        te: 'trailers',
        'transfer-encoding': 'chunked',
        trailer: 'x-check',
        connection: 'x-hop',
        'x-hop': '1',
      },
      body: 'hello',
      trailers: { 'x-check': 'sent' },
    });
    assert.deepEqual([reply.status, reply.text, reply.trailers['x-sum']], [200, 'hello', '42']);
    assert.deepEqual(
      [seen?.[':method'], seen?.[':path'], seen?.[':scheme'], seen?.['x-hop'], seen?.['connection']],
      ['POST', '/a?b=c', 'http', undefined, undefined],
    );
    assert.equal(seen?.[':authority'], `127.0.0.1:${gateway.port}`);
    assert.equal(trailers?.['x-check'], 'sent');
  });

  test('HEAD and 304 keep the length of what they leave out, and the connection', async (t) => {
    const upstream = await http2Server(t, (stream, headers) => {
      const status = headers[':method'] === 'HEAD' ? 200 : 304;
      stream.respond({ ':status': status, 'content-length': '7' }, { endStream: true });
    });
    await using gateway = await startGateway(oneRoute('', overHttp2(upstream.port)));
    const client = RawClient.connect(gateway.port);
    client.write('HEAD / HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await client.until(() => client.received.split('\r\n\r\n').length === 3);
    const [head = '', get = ''] = client.received.split('\r\n\r\n');
    assert.match(head, /^HTTP\/1\.1 200 [^]*content-length: 7/);
    assert.match(get, /^HTTP\/1\.1 304 [^]*content-length: 7/);
    client.destroy();
  });

  test('a client that waits for 100 (Continue) gets it', async (t) => {
    const upstream = await http2Server(t, (stream, headers) => {
      stream.respond({ ':status': 200, 'x-expect': String(headers['expect']) });
      stream.pipe(stream);
    });
    await using gateway = await startGateway(oneRoute('', overHttp2(upstream.port)));
    const client = RawClient.connect(gateway.port);
    client.write('POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n');
    await client.has('HTTP/1.1 100 Continue\r\n\r\n');
    client.write('hello');
    await client.has('hello');
    assert.match(client.received, /x-expect: undefined/);
    client.destroy();
  });

  test('a WebSocket becomes an extended CONNECT, and its bytes pass', async (t) => {
    let seen: http2.IncomingHttpHeaders = {};
    const upstream = await http2Server(
      t,
      (stream, headers) => {
        seen = headers;
        stream.respond({ ':status': 200, 'sec-websocket-protocol': 'chat' });
        stream.on('data', (chunk: Buffer) => stream.write(`echo ${chunk.toString()}`));
        stream.on('end', () => stream.end());
      },
      { settings: { enableConnectProtocol: true } },
    );
    await using gateway = await startGateway(oneRoute('', overHttp2(upstream.port)));
    const client = RawClient.connect(gateway.port);
    client.write(
      'GET /chat HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n' +
        'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\nsec-websocket-protocol: chat\r\n\r\n',
    );
    await client.has('\r\n\r\n');
    assert.match(client.received, /^HTTP\/1\.1 101 [^]*sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i);
    assert.deepEqual(
      [seen[':method'], seen[':protocol'], seen[':path'], seen['sec-websocket-key']],
      ['CONNECT', 'websocket', '/chat', undefined],
    );
    client.write('hi');
    await client.has('echo hi');
    client.socket.end();
    await client.until(() => client.ended);
  });

  test('a client that goes away cancels its stream', async (t) => {
    let code: number | undefined;
    let seen = false;
    const upstream = await http2Server(t, (stream) => {
      seen = true;
      stream.on('close', () => (code = stream.rstCode));
    });
    await using gateway = await startGateway(oneRoute('', overHttp2(upstream.port)));
    const client = RawClient.connect(gateway.port);
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await eventually(() => seen, 'the request upstream');
    client.destroy();
    await eventually(() => code !== undefined, 'the reset');
    assert.equal(code, NGHTTP2_CANCEL);
    assert.equal(upstream.sessions[0]?.destroyed, false);
  });

  test('an upstream that is gone within a body cuts the connection', async (t) => {
    const upstream = await http2Server(t, (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('part', () => stream.session?.destroy());
    });
    await using gateway = await startGateway(oneRoute('', overHttp2(upstream.port)));
    await assert.rejects(send(gateway.port));
    const [line] = await gateway.lines(1);
    assert.equal(line?.['reason'], 'upstreamReset');
  });
});

describe('from HTTP/2 to HTTP/1.1', () => {
  test('a body passes with trailers, both ways', async (t) => {
    await using upstream = await startUpstream((request, response) => {
      response.writeHead(200, { trailer: 'x-sum', 'x-hop': '1', connection: 'x-hop' });
      response.write(request.body);
      response.addTrailers({ 'x-sum': '42' });
      response.end();
    });
    await using gateway = await startGateway(oneRoute('', upstream.host));
    const answer = await ask(
      http2Client(t, gateway.port),
      { ':path': '/a?b=c', ':method': 'POST', te: 'trailers', cookie: ['a=1', 'b=2'] },
      'hello',
      { 'x-check': 'sent' },
    );
    assert.deepEqual([answer.status, answer.body, answer.rst], [200, 'hello', NGHTTP2_NO_ERROR]);
    assert.equal(answer.trailers?.['x-sum'], '42');
    assert.deepEqual([answer.headers['x-hop'], answer.headers['connection']], [undefined, undefined]);
    const [request] = upstream.requests;
    assert.deepEqual([request?.method, request?.url, request?.headers.cookie], ['POST', '/a?b=c', 'a=1; b=2']);
    assert.deepEqual([request?.headers.host, request?.trailers['x-check']], [`127.0.0.1:${gateway.port}`, 'sent']);
  });

  test('HEAD and 304 have no body, and keep the length of what they leave out', async (t) => {
    await using upstream = await startUpstream((request, response) => {
      response.writeHead(request.method === 'HEAD' ? 200 : 304, { 'content-length': '7' });
      response.end();
    });
    await using gateway = await startGateway(oneRoute('', upstream.host));
    const session = http2Client(t, gateway.port);
    for (const [method, status] of [
      ['HEAD', 200],
      ['GET', 304],
    ] as const) {
      const answer = await ask(session, { ':method': method });
      assert.deepEqual(
        [answer.status, answer.headers['content-length'], answer.body, answer.rst],
        [status, '7', '', NGHTTP2_NO_ERROR],
      );
    }
  });

  test('a client that waits for 100 (Continue) gets it', async (t) => {
    await using upstream = await startUpstream((request, response) => response.end(request.body));
    await using gateway = await startGateway(oneRoute('', upstream.host));
    const stream = http2Client(t, gateway.port).request(
      { ':method': 'POST', ':path': '/', expect: '100-continue' },
      { endStream: false },
    );
    let text = '';
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await new Promise<void>((resolve) => stream.once('continue', () => resolve()));
    stream.end('hello');
    await new Promise((resolve) => stream.on('close', resolve));
    assert.equal(text, 'hello');
  });

  test('a WebSocket by extended CONNECT becomes an upgrade, and its bytes pass', async (t) => {
    await using upstream = await startRawUpstream((connection) => {
      connection.socket.once('data', () => {
        const key = /sec-websocket-key: (.+)\r\n/i.exec(connection.received)?.[1] ?? '';
        const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
        connection.write(
          'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n' +
            `sec-websocket-accept: ${accept}\r\n\r\nearly`,
        );
      });
    });
    await using gateway = await startGateway(oneRoute('', upstream.host));
    const session = http2Client(t, gateway.port);
    await new Promise((resolve) => session.once('remoteSettings', resolve));
    const stream = session.request(
      { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat', 'sec-websocket-version': '13' },
      { endStream: false },
    );
    let text = '';
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await eventually(() => text === 'early', 'the first bytes');
    stream.write('from client');
    const connection = await upstream.connection(0);
    await connection.has('from client');
    assert.match(connection.received, /^GET \/chat HTTP\/1\.1\r\n[^]*upgrade: websocket\r\n/i);
    connection.write(' and back');
    await eventually(() => text === 'early and back', 'the answer');
    stream.end();
    await connection.until(() => connection.ended);
    connection.socket.end();
    await new Promise((resolve) => stream.on('close', resolve));
    assert.equal(stream.rstCode, NGHTTP2_NO_ERROR);
  });

  test('a stream that its client cancels closes the upstream’s connection, others go on', async (t) => {
    await using upstream = await startRawUpstream();
    await using gateway = await startGateway(oneRoute('', upstream.host));
    const session = http2Client(t, gateway.port);
    const cancelled = session.request({ ':path': '/one' });
    cancelled.on('error', () => undefined);
    const first = await upstream.connection(0);
    await first.has('/one');
    const other = ask(session, { ':path': '/two' });
    const second = await upstream.connection(1);
    await second.has('/two');
    cancelled.close(NGHTTP2_CANCEL);
    await first.until(() => first.ended || first.closed);
    second.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    assert.equal((await other).body, 'ok');
  });

  test('an upstream that dies within a body resets the stream', async (t) => {
    await using upstream = await startRawUpstream((connection) => {
      connection.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\npart');
      connection.socket.end();
    });
    await using gateway = await startGateway(oneRoute('', upstream.host));
    const answer = await ask(http2Client(t, gateway.port), { ':path': '/' });
    assert.equal(answer.status, 200);
    assert.notEqual(answer.rst, NGHTTP2_NO_ERROR);
  });

  test('an answer that comes before its upload has ended is whole, and the client is told to stop', async (t) => {
    await using upstream = await startRawUpstream((connection) => {
      connection.socket.once('data', () =>
        connection.write(
          'HTTP/1.1 413 Content Too Large\r\ntransfer-encoding: chunked\r\n\r\n8\r\ntoo much\r\n0\r\n\r\n',
        ),
      );
    });
    await using gateway = await startGateway(oneRoute('', upstream.host));
    const stream = http2Client(t, gateway.port).request({ ':method': 'POST', ':path': '/' }, { endStream: false });
    let text = '';
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    stream.write(Buffer.alloc(4 * 1024 * 1024));
    await new Promise((resolve) => stream.on('close', resolve));
    assert.deepEqual([text, stream.rstCode], ['too much', NGHTTP2_NO_ERROR]);
  });
});

describe('bodies over HTTP/2 on both sides', () => {
  test('pass whole, for many at once', async (t) => {
    const upstream = await http2Server(t, (stream) => {
      stream.respond({ ':status': 200 });
      stream.pipe(stream);
    });
    await using gateway = await startGateway(oneRoute('', overHttp2(upstream.port)));
    const session = http2Client(t, gateway.port);
    const body = randomBytes(600_000).toString('hex');
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => ask(session, { ':method': 'POST', ':path': '/' }, body)),
    );
    for (const answer of answers) assert.ok(answer.body === body);
    assert.equal(upstream.sessions.length, 1);
  });

  const waiting = 300;
  const manyStreams = `frontendPolicies: { http: { http2MaxConcurrentStreams: ${waiting + 10} } }`;
  const small = async (session: http2.ClientHttp2Session): Promise<void> => {
    const answer = await ask(session, { ':path': '/small' });
    assert.deepEqual([answer.status, answer.body], [200, 'small']);
  };

  test('that wait for their client leave room for other requests of the connection', async (t) => {
    await using upstream = await startUpstream((request, response) => {
      response.end(request.url === '/small' ? 'small' : Buffer.alloc(1_000_000));
    });
    await using gateway = await startGateway(oneRoute('', upstream.host, manyStreams));
    const session = http2Client(t, gateway.port, { maxSessionMemory: 1000 });
    let begun = 0;
    for (let i = 0; i < waiting; i += 1) {
      const stream = session.request({ ':path': '/' });
      stream.on('error', () => undefined);
      stream.on('response', () => (begun += 1));
    }
    await eventually(() => begun === waiting, 'all answers');
    await small(session);
  });

  test('stop at a client that does not read: the gateway holds a bounded part', async (t) => {
    let sent = 0;
    const chunk = Buffer.alloc(65_536);
    const upstream = await http2Server(t, (stream) => {
      stream.respond({ ':status': 200 });
      const fill = (): void => {
        while (!stream.destroyed && sent < 4 * slack && stream.write(chunk)) sent += chunk.length;
        stream.once('drain', fill);
      };
      fill();
    });
    await using gateway = await startGateway(oneRoute('', overHttp2(upstream.port)));
    const stalled = http2Client(t, gateway.port).request({ ':path': '/' });
    stalled.on('error', () => undefined);
    await new Promise((resolve) => stalled.once('response', resolve));
    let before = -1;
    // It has stopped when nothing more is sent while others are served.
    await eventually(async () => {
      const still = sent === before;
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return still;
    }, 'the upstream to stop');
    assert.ok(sent < slack, `${sent} bytes`);
    stalled.close(NGHTTP2_CANCEL);
  });
});

test('events of a stream reach clients of HTTP/2 as they come', async (t) => {
  await using upstream = await startRawUpstream((connection) => {
    connection.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n');
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const stream = http2Client(t, gateway.port).request({ ':path': '/' });
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const connection = await upstream.connection(0);
  await connection.has('\r\n\r\n');
  for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
    connection.write(`${event.length}\r\n${event}\r\n`);
    await eventually(() => text.endsWith(event), event);
  }
  connection.write('0\r\n\r\n');
  await new Promise((resolve) => stream.on('close', resolve));
  assert.equal(stream.rstCode, NGHTTP2_NO_ERROR);
});
