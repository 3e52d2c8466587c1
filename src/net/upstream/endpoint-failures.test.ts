import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
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

describe('an upstream that breaks the protocol', () => {
  for (const [name, answer] of [
    ['not HTTP', 'SSH-2.0-x\r\n'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['gzip as transfer coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['a bad chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
    ['an upgrade not asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
    ['a huge head', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}`],
    ['too many fields', `HTTP/1.1 200 OK\r\n${'X: 1\r\n'.repeat(201)}\r\n`],
    ['bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  ] as const) {
    it(`is an error: ${name}`, async (t) => {
      const server = await rawServer(t, answering(answer));
      const recorder = new Recorder();
      endpointTo(t, server.port).dispatch(request(), recorder);
      await recorder.done();
      assert.equal(recorder.error?.reason, 'upstreamProtocol');
      assert.equal(recorder.error.status, 502);
      assert.equal(recorder.error.retry, 'never');
      const connection = server.connections[0];
      await connection?.rest();
    });
  }
});

describe('an upstream that goes away', () => {
  it('before its response on a new connection is a reset that must not be retried', async (t) => {
    const server = await rawServer(t, (connection) => connection.socket.once('data', () => connection.socket.end()));
    const recorder = new Recorder();
    endpointTo(t, server.port).dispatch(request(), recorder);
    const { error } = await recorder.done();
    assert.deepEqual([error?.reason, error?.retry], ['upstreamReset', 'never']);
  });

  it('on a reused connection before any byte may be tried once more', async (t) => {
    for (const how of ['end', 'resetAndDestroy'] as const) {
      const server = await rawServer(t, (connection) => {
        let requests = 0;
        connection.socket.on('data', () => {
          requests += 1;
          if (requests === 1) connection.write(ok);
          else connection.socket[how]();
        });
      });
      const endpoint = endpointTo(t, server.port);
      const first = new Recorder();
      endpoint.dispatch(request(), first);
      await first.done();
      const second = new Recorder();
      endpoint.dispatch(request(), second);
      const { error } = await second.done();
      assert.deepEqual([second.reused, error?.reason, error?.retry], [true, 'upstreamReset', 'reusedOnly']);
    }
  });

  it('on a reused connection after a first byte must not be tried again', async (t) => {
    const server = await rawServer(t, (connection) => {
      let requests = 0;
      connection.socket.on('data', () => {
        requests += 1;
        if (requests === 1) connection.write(ok);
        else connection.socket.end('HTTP');
      });
    });
    const endpoint = endpointTo(t, server.port);
    const first = new Recorder();
    endpoint.dispatch(request(), first);
    await first.done();
    const second = new Recorder();
    endpoint.dispatch(request(), second);
    const { error } = await second.done();
    assert.deepEqual([second.reused, error?.retry], [true, 'never']);
  });

  it('in the middle of a head or body is a reset', async (t) => {
    for (const part of [
      'HTTP/1.1 200',
      'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab',
    ]) {
      const server = await rawServer(t, (connection) =>
        connection.socket.once('data', () => connection.socket.end(part)),
      );
      const recorder = new Recorder();
      endpointTo(t, server.port).dispatch(request(), recorder);
      const { error } = await recorder.done();
      assert.deepEqual([error?.reason, error?.retry], ['upstreamReset', 'never']);
    }
  });

  it('while idle is noticed, and so are bytes that no one asked for', async (t) => {
    const server = await rawServer(t, answering(ok));
    const endpoint = endpointTo(t, server.port);
    for (const end of [
      (index: number) => server.connections[index]?.socket.end(),
      (index: number) => server.connections[index]?.write('HTTP/1.1 408 Request Timeout\r\n\r\n'),
    ]) {
      const recorder = new Recorder();
      endpoint.dispatch(request(), recorder);
      await recorder.done();
      assert.equal(recorder.reused, false);
      const connection = server.connections.at(-1);
      end(server.connections.length - 1);
      await connection?.rest();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
});

describe('connecting', () => {
  it('fails safely when nobody listens', async (t) => {
    const server = await rawServer(t);
    const { port } = server;
    const gone = endpointTo(t, port === 1 ? 2 : 1);
    const recorder = new Recorder();
    gone.dispatch(request(), recorder);
    const { error } = await recorder.done();
    assert.deepEqual([error?.reason, error?.status, error?.retry], ['connectFailed', 503, 'safe']);
  });

  it('ends at the time limit', async (t) => {
    // TLS to a server that never answers the hello.
    const server = await rawServer(t);
    const recorder = new Recorder();
    endpointTo(t, server.port, { connectTimeoutMs: 50, tls: { insecure: true, insecureHost: true } }).dispatch(
      request(),
      recorder,
    );
    const { error } = await recorder.done();
    assert.equal(error?.retry, 'safe');
    assert.match(String(error?.cause), /50 ms/);
  });

  it('is given up when the call is aborted, before and after', async (t) => {
    const server = await rawServer(t);
    const endpoint = endpointTo(t, server.port);
    const early = new Recorder();
    endpoint.dispatch(request(), early).abort();
    const late = new Recorder();
    const call = endpoint.dispatch(request(), late);
    await eventually(() => late.events.includes('connected'));
    call.abort();
    await server.connections.at(-1)?.rest();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(early.events, []);
    assert.deepEqual(late.events, ['connected']);
  });
});
