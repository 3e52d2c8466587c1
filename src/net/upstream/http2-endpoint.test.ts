import assert from 'node:assert/strict';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { HeaderList } from '../http/headers.ts';
import { Sweeper } from '../sweeper.ts';
import { pem } from '../testing/certificates.ts';
import { http2Server } from '../testing/http2-server.ts';
import { eventually } from '../testing/raw-client.ts';
import { rawServer } from '../testing/raw-server.ts';
import { Recorder, request } from '../testing/recorder.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import { Endpoints, type EndpointHandle } from './endpoints.ts';

function endpointTo(t: TestContext, port: number, changes: Partial<EndpointSpec> = {}): EndpointHandle {
  const endpoint = new Endpoints({ sweeper: new Sweeper(10) }).acquire({
    address: { kind: 'tcp', host: '127.0.0.1', port },
    connectTimeoutMs: 2000,
    poolIdleTimeoutMs: 30_000,
    dnsFamily: 'all',
    httpVersion: '2',
    ...changes,
  });
  t.after(() => endpoint.release());
  return endpoint;
}

const grpc = new HeaderList(['content-type', 'application/grpc+proto']);

describe('requests to an HTTP/2 upstream', () => {
  it('share one connection', async (t) => {
    const waiting: http2.ServerHttp2Stream[] = [];
    const server = await http2Server(t, (stream) => {
      waiting.push(stream);
      if (waiting.length < 3) return;
      for (const one of waiting) {
        one.respond({ ':status': 200, 'x-a': ['1', '2'], 'content-length': 2 });
        one.end('ok');
      }
    });
    const endpoint = endpointTo(t, server.port);
    const recorders = [new Recorder(), new Recorder(), new Recorder()];
    for (const recorder of recorders) endpoint.dispatch(request({ target: '/a?b' }), recorder);
    for (const recorder of recorders) {
      await recorder.done();
      assert.deepEqual([recorder.head?.status, recorder.head?.bodyLength, recorder.text], [200, 2, 'ok']);
      assert.deepEqual(recorder.head?.headers.flat.slice(0, 4), ['x-a', '1', 'x-a', '2']);
    }
    assert.equal(server.sessions.length, 1);
  });

  it('get more connections where one takes few streams', async (t) => {
    let open = 0;
    const server = await http2Server(
      t,
      (stream) => {
        open += 1;
        stream.respond({ ':status': 200 });
      },
      { settings: { maxConcurrentStreams: 2 } },
    );
    const endpoint = endpointTo(t, server.port);
    const calls = Array.from({ length: 5 }, () => endpoint.dispatch(request(), new Recorder()));
    await eventually(() => open === 5);
    assert.equal(server.sessions.length, 3);
    for (const call of calls) call.abort();
  });

  it('carry a body and trailers, and get trailers', async (t) => {
    let got = '';
    let gotTrailers: http2.IncomingHttpHeaders = {};
    let head: http2.IncomingHttpHeaders = {};
    const server = await http2Server(t, (stream, headers) => {
      head = headers;
      stream.on('data', (chunk: Buffer) => (got += chunk.toString()));
      stream.on('trailers', (trailers) => (gotTrailers = trailers));
      stream.on('end', () => {
        stream.respond({ ':status': 200 }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(got.toUpperCase());
      });
    });
    const recorder = new Recorder();
    const call = endpointTo(t, server.port).dispatch(
      request({ method: 'POST', bodyLength: -1, headers: grpc, authority: 'a.test' }),
      recorder,
    );
    call.write(Buffer.from('early '));
    await eventually(() => got === 'early ');
    call.write(Buffer.from('late'));
    call.end(new HeaderList(['x-t', '1', 'host', 'evil']));
    await recorder.done();
    assert.deepEqual([recorder.text, recorder.trailers?.flat], ['EARLY LATE', ['grpc-status', '0']]);
    assert.deepEqual([gotTrailers['x-t'], gotTrailers['host']], ['1', undefined]);
    assert.deepEqual([head[':authority'], head['te'], head['content-length']], ['a.test', 'trailers', undefined]);
  });

  it('are agreed on in TLS', async (t) => {
    const server = await http2Server(
      t,
      (stream, headers) =>
        stream.respond({ ':status': headers[':scheme'] === 'https' ? 200 : 500 }, { endStream: true }),
      { tls: true },
    );
    const recorder = new Recorder();
    endpointTo(t, server.port, {
      tls: { roots: pem('ca.pem'), hostname: 'a.test', insecure: false, insecureHost: false },
    }).dispatch(request(), recorder);
    await recorder.done();
    assert.deepEqual([recorder.head?.status, recorder.head?.bodyLength], [200, 0]);
  });

  it('of gRPC use HTTP/2 without being told so, and others HTTP/1.1', async (t) => {
    const two = await http2Server(t, (stream) =>
      stream.respond({ ':status': 200, 'grpc-status': '12' }, { endStream: true }),
    );
    const recorder = new Recorder();
    const open = { httpVersion: undefined } as unknown as Partial<EndpointSpec>;
    endpointTo(t, two.port, open).dispatch(request({ method: 'POST', headers: grpc }), recorder);
    assert.equal((await recorder.done()).head?.headers.get('grpc-status'), '12');
    const one = await rawServer(t, (connection) => connection.write('HTTP/1.1 204 No Content\r\n\r\n'));
    const plain = new Recorder();
    endpointTo(t, one.port, open).dispatch(request(), plain);
    assert.equal((await plain.done()).head?.status, 204);
  });

  it('use what TLS agrees on, where both versions are offered', async (t) => {
    const offers = { roots: pem('ca.pem'), hostname: 'a.test', insecure: false, insecureHost: false };
    const tls = { ...offers, alpn: ['h2', 'http/1.1'] };
    const open = { httpVersion: undefined, tls } as unknown as Partial<EndpointSpec>;
    const versions: string[] = [];
    const two = await http2Server(
      t,
      (stream) => {
        versions.push('2');
        stream.on('data', (chunk: Buffer) => versions.push(chunk.toString()));
        stream.on('end', () => stream.respond({ ':status': 200 }, { endStream: true }));
      },
      { tls: true },
    );
    const recorder = new Recorder();
    const call = endpointTo(t, two.port, open).dispatch(request({ method: 'POST', bodyLength: 4 }), recorder);
    call.write(Buffer.from('body'));
    call.end(null);
    assert.equal((await recorder.done()).head?.status, 200);
    const one = https.createServer({ cert: pem('a.pem'), key: pem('a.key') }, (incoming, outgoing) => {
      versions.push(incoming.httpVersion);
      outgoing.end();
    });
    await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', () => resolve()));
    t.after(() => one.close());
    const plain = new Recorder();
    endpointTo(t, (one.address() as AddressInfo).port, open).dispatch(request(), plain);
    assert.equal((await plain.done()).head?.status, 200);
    assert.deepEqual(versions, ['2', 'body', '1.1']);
  });

  it('pause with their reader', async (t) => {
    const server = await http2Server(t, (stream) => {
      stream.respond({ ':status': 200 });
      stream.end(Buffer.alloc(20_000_000));
    });
    const recorder = new Recorder();
    recorder.accept = false;
    const call = endpointTo(t, server.port).dispatch(request(), recorder);
    await eventually(() => recorder.text.length > 0);
    const held = recorder.text.length;
    await eventually(() => recorder.text.length === held);
    assert.ok(held < 2_000_000, String(held));
    recorder.accept = true;
    call.resume();
    await recorder.done();
    assert.equal(recorder.text.length, 20_000_000);
  });

  it('become byte streams where the upstream takes extended CONNECT', async (t) => {
    const server = await http2Server(
      t,
      (stream, headers) => {
        stream.respond({ ':status': 200, 'x-protocol': String(headers[':protocol']) });
        stream.pipe(stream);
      },
      { settings: { enableConnectProtocol: true } },
    );
    const endpoint = endpointTo(t, server.port);
    const first = new Recorder();
    endpoint.dispatch(request(), first).abort();
    const recorder = new Recorder();
    endpoint.dispatch(request({ upgrade: 'websocket' }), recorder);
    await recorder.done();
    const stream = recorder.stream;
    assert.ok(stream !== null && recorder.head?.status === 101);
    let text = '';
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    stream.resume();
    stream.write('hello');
    await eventually(() => text === 'hello');
    stream.destroy();
  });
});

describe('a body with the framing of HTTP/1.1', () => {
  it('is never sent over HTTP/2', async (t) => {
    let asked = 0;
    const server = await http2Server(t, () => (asked += 1));
    const recorder = new Recorder();
    const framed = request({ method: 'POST', bodyLength: -1, bodyMode: 'framed' });
    endpointTo(t, server.port).dispatch(framed, recorder).write(Buffer.from('0\r\n\r\n'));
    const { error } = await recorder.done();
    assert.deepEqual([error?.reason, error?.retry, asked], ['internal', 'never', 0]);
  });
});

describe('an HTTP/2 upstream that fails', () => {
  for (const [name, code, retry, reason] of [
    ['refuses the stream', http2.constants.NGHTTP2_REFUSED_STREAM, 'safe', 'upstreamReset'],
    ['resets it', http2.constants.NGHTTP2_INTERNAL_ERROR, 'never', 'upstreamReset'],
    ['wants HTTP/1.1', http2.constants.NGHTTP2_HTTP_1_1_REQUIRED, 'never', 'upstreamProtocol'],
  ] as const) {
    it(name, async (t) => {
      const server = await http2Server(t, (stream) => stream.close(code));
      const recorder = new Recorder();
      endpointTo(t, server.port).dispatch(request(), recorder);
      const { error } = await recorder.done();
      assert.deepEqual([error?.reason, error?.retry], [reason, retry]);
    });
  }

  it('by not being one', async (t) => {
    const server = await rawServer(t, (connection) => connection.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const recorder = new Recorder();
    endpointTo(t, server.port).dispatch(request(), recorder);
    assert.equal((await recorder.done()).error?.reason, 'upstreamProtocol');
  });

  it('by not offering it in TLS', async (t) => {
    const server = await http2Server(t, (stream) => stream.respond({ ':status': 200 }, { endStream: true }));
    const recorder = new Recorder();
    endpointTo(t, server.port, { tls: { insecure: true, insecureHost: true } }).dispatch(request(), recorder);
    assert.deepEqual((await recorder.done()).error?.retry, 'safe');
  });

  it('in the middle of a response', async (t) => {
    const server = await http2Server(t, (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('half');
      setImmediate(() => stream.session?.destroy());
    });
    const recorder = new Recorder();
    endpointTo(t, server.port).dispatch(request(), recorder);
    const { error, ended } = await recorder.done();
    assert.deepEqual([error?.reason, error?.retry, ended], ['upstreamReset', 'never', false]);
  });

  it('by going away: the next request gets a new connection', async (t) => {
    const server = await http2Server(t, (stream) => stream.respond({ ':status': 200 }, { endStream: true }));
    const endpoint = endpointTo(t, server.port);
    for (let i = 0; i < 3; i += 1) {
      const recorder = new Recorder();
      endpoint.dispatch(request(), recorder);
      assert.equal((await recorder.done()).head?.status, 200);
      const session = server.sessions.at(-1);
      session?.goaway();
      await eventually(() => session?.destroyed === true || server.sessions.length > i);
      session?.destroy();
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it('is given up by the caller: the stream is cancelled and looks unfinished', async (t) => {
    const states: string[] = [];
    const server = await http2Server(t, (stream) => {
      stream.on('aborted', () => states.push('aborted'));
      stream.on('end', () => states.push('end'));
      stream.resume();
    });
    const recorder = new Recorder();
    const call = endpointTo(t, server.port).dispatch(request({ method: 'POST', bodyLength: -1 }), recorder);
    call.write(Buffer.from('half'));
    await eventually(() => recorder.events.includes('connected'));
    call.abort();
    await eventually(() => states.length > 0);
    assert.equal(states[0], 'aborted');
    assert.equal(recorder.error, null);
  });
});
