import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import net from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { uuid } from '../../base/random.ts';
import { Sweeper } from '../sweeper.ts';
import { eventually } from '../testing/raw-client.ts';
import { answering, rawServer } from '../testing/raw-server.ts';
import { Recorder, request } from '../testing/recorder.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import { Endpoints } from './endpoints.ts';
import { Resolver } from './resolver.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

function specFor(port: number, changes: Partial<EndpointSpec> = {}): EndpointSpec {
  return {
    address: { kind: 'tcp', host: '127.0.0.1', port },
    connectTimeoutMs: 2000,
    poolIdleTimeoutMs: 30_000,
    dnsFamily: 'all',
    ...changes,
  };
}

function endpointsFor(resolver?: Resolver): Endpoints {
  return new Endpoints({ sweeper: new Sweeper(10), ...(resolver === undefined ? {} : { resolver }) });
}

/** Answers of a name server made of IP addresses. */
function named(t: TestContext, addresses: readonly string[], spec: EndpointSpec): ReturnType<Endpoints['acquire']> {
  const resolver = new Resolver(() => Promise.resolve({ addresses, ttlMs: 60_000 }));
  const endpoint = endpointsFor(resolver).acquire({
    ...spec,
    address: { kind: 'tcp', host: 'up.test', port: spec.address.kind === 'tcp' ? spec.address.port : 0 },
  });
  t.after(() => endpoint.release());
  return endpoint;
}

describe('endpoints', () => {
  it('are shared by equal specs and live until the last use is released', async (t) => {
    const server = await rawServer(t, answering(ok));
    const endpoints = endpointsFor();
    const first = endpoints.acquire(specFor(server.port));
    await run(first);
    const second = endpoints.acquire(
      Object.fromEntries(Object.entries(specFor(server.port)).reverse()) as unknown as EndpointSpec,
    );
    assert.equal(endpoints.size, 1);
    first.release();
    first.release();
    assert.equal(endpoints.size, 1);
    assert.equal((await run(second)).reused, true, 'the connection outlived the reload');
    second.release();
    assert.equal(endpoints.size, 0);
    await server.connections[0]?.rest();
  });

  it('are apart when anything about their connections differs', async (t) => {
    const endpoints = endpointsFor();
    const specs = [
      specFor(1),
      specFor(2),
      specFor(1, { connectTimeoutMs: 1 }),
      specFor(1, { keepalive: { timeMs: 1, intervalMs: 1, retries: 1 } }),
      specFor(1, { tls: { insecure: false, insecureHost: false } }),
      specFor(1, { tls: { insecure: false, insecureHost: false, hostname: 'x' } }),
    ];
    const handles = specs.map((spec) => endpoints.acquire(spec));
    t.after(() => handles.map((handle) => handle.release()));
    assert.equal(endpoints.size, specs.length);
  });

  it('finish requests that are under way when they are released', async (t) => {
    const server = await rawServer(t);
    const endpoint = endpointsFor().acquire(specFor(server.port));
    const recorder = new Recorder();
    endpoint.dispatch(request(), recorder);
    const connection = await server.connection(0);
    await connection.has('\r\n\r\n');
    endpoint.release();
    connection.write(ok);
    assert.equal((await recorder.done()).text, 'ok');
    await connection.rest();
  });

  it('keep no connection when the name resolves only after the release', async (t) => {
    const server = await rawServer(t, answering(ok));
    let resolved: () => void = () => undefined;
    const answer = new Promise<void>((resolve) => (resolved = resolve));
    const resolver = new Resolver(() => answer.then(() => ({ addresses: ['127.0.0.1'], ttlMs: 1000 })));
    const endpoint = endpointsFor(resolver).acquire({
      ...specFor(0),
      address: { kind: 'tcp', host: 'up.test', port: server.port },
    });
    const recorder = new Recorder();
    endpoint.dispatch(request(), recorder);
    endpoint.release();
    resolved();
    assert.equal((await recorder.done()).text, 'ok');
    await server.connections[0]?.rest();
  });

  it('use the connection that was used last', async (t) => {
    const server = await rawServer(t, answering(ok));
    const endpoint = endpointsFor().acquire(specFor(server.port));
    t.after(() => endpoint.release());
    await Promise.all([run(endpoint), run(endpoint), run(endpoint)]);
    assert.equal(server.connections.length, 3);
    for (let i = 0; i < 5; i += 1) await run(endpoint);
    const counts = server.connections
      .map(({ received }) => received.split('\r\n\r\n').length - 1)
      .sort((a, b) => a - b);
    assert.deepEqual(counts, [1, 1, 6]);
  });

  it('close connections that are idle too long, and keep no more than allowed', async (t) => {
    const server = await rawServer(t, answering(ok));
    const endpoints = endpointsFor();
    const endpoint = endpoints.acquire(specFor(server.port, { poolIdleTimeoutMs: 50, poolMaxSize: 2 }));
    t.after(() => endpoint.release());
    await Promise.all([run(endpoint), run(endpoint), run(endpoint)]);
    assert.deepEqual(endpoints.stats(), [{ name: `127.0.0.1:${server.port}`, idle: 2, inFlight: 0 }]);
    await eventually(() => server.connections.every(({ ended }) => ended));
    assert.equal(endpoints.stats()[0]?.idle, 0);
  });

  it('count what is in flight, whatever becomes of it', async (t) => {
    const server = await rawServer(t);
    const endpoints = endpointsFor();
    const endpoint = endpoints.acquire(specFor(server.port));
    t.after(() => endpoint.release());
    const inFlight = (): number => endpoints.stats()[0]?.inFlight ?? -1;
    endpoint.dispatch(request(), new Recorder()).abort();
    assert.equal(inFlight(), 0);
    const recorder = new Recorder();
    const call = endpoint.dispatch(request(), recorder);
    assert.equal(inFlight(), 1);
    await eventually(() => recorder.events.includes('connected'));
    call.abort();
    await eventually(() => inFlight() === 0);
    const failing = new Recorder();
    endpoint.dispatch(request(), failing);
    await eventually(() => failing.events.includes('connected'));
    await (await server.connection(server.connections.length - 1)).has('\r\n\r\n');
    server.connections.at(-1)?.destroy();
    await failing.done();
    await eventually(() => inFlight() === 0);
  });

  it('reach Unix sockets', async (t) => {
    const path = join(tmpdir(), `up-${uuid()}.sock`);
    const server = net.createServer((socket) => socket.on('data', () => socket.write(ok)));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    t.after(() => server.close());
    const endpoint = endpointsFor().acquire({ ...specFor(0), address: { kind: 'unix', path } });
    t.after(() => endpoint.release());
    assert.equal(endpoint.name, `unix:${path}`);
    assert.equal((await run(endpoint)).text, 'ok');
  });
});

describe('endpoints with several addresses', () => {
  it('try the next address when one cannot be connected to', async (t) => {
    const server = await rawServer(t, answering(ok), '127.0.0.2');
    for (let i = 0; i < 8; i += 1) {
      const endpoint = named(t, ['127.0.0.1', '127.0.0.2'], specFor(server.port));
      const recorder = await run(endpoint);
      assert.equal(recorder.error, null);
      assert.equal(recorder.address, `127.0.0.2:${server.port}`);
    }
    const none = await run(named(t, ['127.0.0.3', '127.0.0.4'], specFor(server.port)));
    assert.deepEqual([none.error?.reason, none.error?.retry], ['connectFailed', 'safe']);
  });

  it('prefer the address with fewer requests in flight', async (t) => {
    const slow = await rawServer(t, () => undefined, '127.0.0.1');
    const fast = await rawServer(t, answering(ok), '127.0.0.2', slow.port);
    const endpoint = named(t, ['127.0.0.1', '127.0.0.2'], specFor(slow.port));
    // Resolve the name first; requests that hang then pile up on one address only as far as chance has it.
    endpoint.dispatch(request(), new Recorder());
    await eventually(() => slow.connections.length + fast.connections.length === 1);
    for (let i = 0; i < 30; i += 1) {
      const recorder = new Recorder();
      endpoint.dispatch(request(), recorder);
      await eventually(() => recorder.ended || slow.connections.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const answered = fast.connections.map(({ received }) => received.split('\r\n\r\n').length - 1);
    const total = answered.reduce((sum, count) => sum + count, 0);
    assert.ok(total >= 28, `${total} of 31 went to the address that answers`);
  });

  it('fail safely when the name does not resolve', async (t) => {
    const resolver = new Resolver(() => Promise.reject(new Error('NXDOMAIN')));
    const endpoint = endpointsFor(resolver).acquire({
      ...specFor(1),
      address: { kind: 'tcp', host: 'no.test', port: 1 },
    });
    t.after(() => endpoint.release());
    const { error } = await run(endpoint);
    assert.deepEqual([error?.reason, error?.status, error?.retry], ['dnsFailed', 503, 'safe']);
  });

  it('resolve localhost as the system does', async (t) => {
    const server = await rawServer(t, answering(ok));
    const endpoint = endpointsFor().acquire({
      ...specFor(0),
      address: { kind: 'tcp', host: 'localhost', port: server.port },
    });
    t.after(() => endpoint.release());
    assert.equal((await run(endpoint)).text, 'ok');
  });
});

async function run(endpoint: { dispatch: ReturnType<Endpoints['acquire']>['dispatch'] }): Promise<Recorder> {
  const recorder = new Recorder();
  endpoint.dispatch(request(), recorder);
  return recorder.done();
}
