import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { HeaderList } from '../http/headers.ts';
import { Sweeper } from '../sweeper.ts';
import { eventually } from '../testing/raw-client.ts';
import { answering, rawServer } from '../testing/raw-server.ts';
import { Recorder, request } from '../testing/recorder.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import { Endpoints, type EndpointHandle } from './endpoints.ts';

function specFor(port: number, changes: Partial<EndpointSpec> = {}): EndpointSpec {
  return {
    address: { kind: 'tcp', host: '127.0.0.1', port },
    connectTimeoutMs: 2000,
    poolIdleTimeoutMs: 30_000,
    dnsFamily: 'all',
    ...changes,
  };
}

function endpointTo(t: TestContext, port: number, changes: Partial<EndpointSpec> = {}): EndpointHandle {
  const endpoint = new Endpoints({ sweeper: new Sweeper(10) }).acquire(specFor(port, changes));
  t.after(() => endpoint.release());
  return endpoint;
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('requests to an upstream', () => {
  it('carry Host, framing and connection fields of the connection, and the fields given', async (t) => {
    const server = await rawServer(t, answering(ok));
    const endpoint = endpointTo(t, server.port);
    const headers = new HeaderList(['x-a', '1', 'content-length', '99', 'x-a', '2']);
    const recorder = new Recorder();
    endpoint.dispatch(request({ method: 'POST', target: '/p?q', headers }), recorder);
    await recorder.done();
    assert.equal(
      server.connections[0]?.received,
      'POST /p?q HTTP/1.1\r\nhost: up.test\r\nx-a: 1\r\nx-a: 2\r\ncontent-length: 0\r\n\r\n',
    );
    assert.equal(recorder.address, `127.0.0.1:${server.port}`);
    assert.equal(recorder.text, 'ok');
  });

  it('frame bodies: by length, chunked with trailers, or as given', async (t) => {
    const server = await rawServer(t, answering(ok));
    const endpoint = endpointTo(t, server.port);
    for (const [bodyLength, bodyMode, parts, expected] of [
      [5, 'payload', ['he', 'llo'], 'content-length: 5\r\n\r\nhello'],
      [-1, 'payload', ['he', 'llo'], 'transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nx-t: 1\r\n\r\n'],
      [-1, 'framed', ['02\r\nhe\r\n', '0\r\n\r\n'], 'transfer-encoding: chunked\r\n\r\n02\r\nhe\r\n0\r\n\r\n'],
    ] as const) {
      const recorder = new Recorder();
      const call = endpoint.dispatch(request({ method: 'PUT', bodyLength, bodyMode }), recorder);
      for (const part of parts) call.write(Buffer.from(part));
      call.end(new HeaderList(['x-t', '1']));
      await recorder.done();
      await eventually(() => server.connections.at(-1)?.received.endsWith(expected) === true, expected);
    }
  });

  it('write what was given before the connection was there, and say when more may come', async (t) => {
    const server = await rawServer(t);
    const recorder = new Recorder();
    const call = endpointTo(t, server.port).dispatch(request({ method: 'POST', bodyLength: 6 }), recorder);
    assert.equal(call.write(Buffer.from('abc')), false);
    await eventually(() => recorder.drains === 1);
    assert.equal(call.write(Buffer.from('def')), true);
    call.end(null);
    await (await server.connection(0)).has('abcdef');
  });

  it('stop the writer while the upstream does not read', async (t) => {
    const server = await rawServer(t, (connection) => connection.socket.pause());
    const recorder = new Recorder();
    const call = endpointTo(t, server.port).dispatch(request({ method: 'POST', bodyLength: 1e9 }), recorder);
    await eventually(() => recorder.events.includes('connected'));
    let written = 0;
    while (written < 2000 && call.write(Buffer.alloc(20_000))) {
      written += 1;
      if (written % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(written < 2000);
    (await server.connection(0)).socket.resume();
    await eventually(() => recorder.drains > 0);
    call.abort();
  });

  it('are refused when the target could become another request', async (t) => {
    const server = await rawServer(t);
    const recorder = new Recorder();
    endpointTo(t, server.port).dispatch(request({ target: '/ HTTP/1.1\r\nX: y' }), recorder);
    assert.equal((await recorder.done()).error?.reason, 'internal');
    assert.equal(server.connections.length, 0);
  });
});

describe('responses of an upstream', () => {
  const cases: [
    string,
    string,
    Partial<{ text: string; payload: string; reused: boolean; mode: 'framed' | 'tapped' | 'payload' }>,
  ][] = [
    ['by length', ok, { text: 'ok', reused: true }],
    [
      'chunked',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;x\r\nok\r\n0\r\nA: b\r\n\r\n',
      { text: 'ok', reused: true },
    ],
    [
      'chunked, framed',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nok\r\n0\r\n\r\n',
      { text: '2\r\nok\r\n0\r\n\r\n', reused: true, mode: 'framed' },
    ],
    [
      'chunked, tapped',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nok\r\n0\r\n\r\n',
      { text: '2\r\nok\r\n0\r\n\r\n', payload: 'ok', reused: true, mode: 'tapped' },
    ],
    ['framed asked for, but by length', ok, { text: 'ok', reused: true, mode: 'framed' }],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', { text: '', reused: true }],
    ['304 with a length', 'HTTP/1.1 304\r\nContent-Length: 100\r\n\r\n', { text: '', reused: true }],
    [
      'HTTP/1.0 kept alive',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
      { text: 'ok', reused: true },
    ],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', { text: 'ok', reused: false }],
    [
      'Connection: close',
      'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
      { text: 'ok', reused: false },
    ],
    ['more than was asked for', `${ok}HTTP/1.1 200 OK\r\n`, { text: 'ok', reused: false }],
  ];
  for (const [name, answer, expected] of cases) {
    it(`are read ${name}`, async (t) => {
      const server = await rawServer(t, answering(answer));
      const endpoint = endpointTo(t, server.port);
      const recorder = new Recorder(expected.mode);
      endpoint.dispatch(request(), recorder);
      await recorder.done();
      assert.equal(recorder.error, null);
      assert.equal(recorder.text, expected.text);
      assert.equal(recorder.payload, expected.payload ?? '');
      const next = new Recorder();
      endpoint.dispatch(request(), next);
      await next.done();
      assert.equal(next.reused, expected.reused);
    });
  }

  it('are read until the connection closes', async (t) => {
    const server = await rawServer(t, answering('HTTP/1.1 200 OK\r\n\r\nall of it'));
    const recorder = new Recorder();
    endpointTo(t, server.port).dispatch(request(), recorder);
    await eventually(() => recorder.text === 'all of it');
    assert.equal(recorder.ended, false);
    assert.equal(recorder.head?.bodyLength, -1);
    (await server.connection(0)).socket.end();
    await recorder.done();
    assert.equal(recorder.ended, true);
  });

  it('give trailers with payload, interim heads, and the length of HEAD', async (t) => {
    const server = await rawServer(
      t,
      answering(
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-T: 1\r\n\r\n',
      ),
    );
    const recorder = new Recorder();
    endpointTo(t, server.port).dispatch(request(), recorder);
    await recorder.done();
    assert.deepEqual(recorder.interim, [103]);
    assert.deepEqual(recorder.trailers?.flat, ['x-t', '1']);
    const heads = await rawServer(t, answering('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n'));
    const head = new Recorder();
    endpointTo(t, heads.port).dispatch(request({ method: 'HEAD' }), head);
    await head.done();
    assert.equal(head.head?.bodyLength, 7);
    assert.equal(head.text, '');
  });

  it('lose hop-by-hop fields', async (t) => {
    const server = await rawServer(
      t,
      answering(
        'HTTP/1.1 200 OK\r\nX-A: 1\r\nKeep-Alive: 5\r\nConnection: X-B\r\nX-B: 1\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n',
      ),
    );
    const recorder = new Recorder();
    endpointTo(t, server.port).dispatch(request(), recorder);
    assert.deepEqual((await recorder.done()).head?.headers.flat, ['x-a', '1']);
  });

  it('come in any pieces', async (t) => {
    const server = await rawServer(t);
    const recorder = new Recorder();
    endpointTo(t, server.port).dispatch(request(), recorder);
    const connection = await server.connection(0);
    for (const byte of 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n') {
      connection.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await recorder.done()).text, 'ok');
  });

  it('upgrade the connection with 101 and 2xx to CONNECT', async (t) => {
    const server = await rawServer(
      t,
      answering('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\nearly'),
    );
    const recorder = new Recorder();
    endpointTo(t, server.port).dispatch(request({ upgrade: 'echo' }), recorder);
    const { stream, head } = await recorder.done();
    assert.equal(head?.headers.get('upgrade'), 'echo');
    let text = '';
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    stream?.resume();
    await eventually(() => text === 'early');
    assert.match(server.connections[0]?.received ?? '', /connection: upgrade\r\nupgrade: echo\r\n/);
    stream?.destroy();
    const tunnel = new Recorder();
    const proxy = await rawServer(t, answering('HTTP/1.1 200 OK\r\n\r\n'));
    endpointTo(t, proxy.port).dispatch(request({ method: 'CONNECT', target: 'a:1' }), tunnel);
    assert.ok((await tunnel.done()).stream !== null);
    tunnel.stream?.destroy();
  });

  it('may come before the request body has ended; the connection is then not used again', async (t) => {
    const server = await rawServer(t, answering(ok));
    const endpoint = endpointTo(t, server.port);
    const recorder = new Recorder();
    const call = endpoint.dispatch(request({ method: 'POST', bodyLength: 10 }), recorder);
    call.write(Buffer.from('abc'));
    assert.equal((await recorder.done()).text, 'ok');
    assert.equal(call.write(Buffer.from('def')), true);
    call.end(null);
    const next = new Recorder();
    endpoint.dispatch(request(), next);
    assert.equal((await next.done()).reused, false);
  });

  it('wait while the reader is paused', async (t) => {
    const server = await rawServer(t, (connection) => {
      connection.socket.once('data', () => {
        connection.write('HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n');
        connection.socket.write(Buffer.alloc(50_000_000));
      });
    });
    const recorder = new Recorder();
    recorder.accept = false;
    const call = endpointTo(t, server.port).dispatch(request(), recorder);
    await eventually(() => recorder.text.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(recorder.text.length < 200_000);
    recorder.accept = true;
    call.resume();
    await recorder.done();
    assert.equal(recorder.text.length, 50_000_000);
  });
});
