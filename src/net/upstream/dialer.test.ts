import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { GatewayError } from '../../base/errors.ts';
import { eventually } from '../testing/raw-client.ts';
import { Dialer } from './dialer.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import { Resolver } from './resolver.ts';

/** A server on 127.0.0.1 that ends its side at once and keeps what it gets. */
async function server(t: TestContext): Promise<{ port: number; received: () => string; accepted: () => number }> {
  let received = '';
  let accepted = 0;
  const listening = net.createServer({ allowHalfOpen: true }, (socket) => {
    accepted += 1;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.end('hello');
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  t.after(() => listening.close());
  return {
    port: (listening.address() as net.AddressInfo).port,
    received: () => received,
    accepted: () => accepted,
  };
}

function dialer(port: number, addresses: readonly string[], changes: Partial<EndpointSpec> = {}): Dialer {
  const spec: EndpointSpec = {
    address: { kind: 'tcp', host: 'up.test', port },
    connectTimeoutMs: 2000,
    poolIdleTimeoutMs: 0,
    dnsFamily: 'all',
    ...changes,
  };
  const resolver = new Resolver(() =>
    addresses.length === 0 ? Promise.reject(new Error('NXDOMAIN')) : Promise.resolve({ addresses, ttlMs: 60_000 }),
  );
  return new Dialer(spec, resolver, () => undefined);
}

function dial(one: Dialer): Promise<{ socket: net.Socket; address: string }> {
  return new Promise((resolve, reject: (error: GatewayError) => void) => {
    one.dial((socket, address) => resolve({ socket, address }), reject);
  });
}

describe('a dialer', () => {
  it('tries all addresses of a name', async (t) => {
    const { port } = await server(t);
    const one = dialer(port, ['127.0.0.2', '127.0.0.3', '127.0.0.1']);
    assert.equal(one.name, `up.test:${port}`);
    for (let i = 0; i < 10; i++) {
      const { socket, address } = await dial(one);
      assert.equal(address, `127.0.0.1:${port}`);
      socket.destroy();
    }
  });

  it('gives a socket that stays open for writing when the other side has ended', async (t) => {
    const { port, received } = await server(t);
    const { socket } = await dial(dialer(port, ['127.0.0.1']));
    assert.equal(socket.isPaused(), true);
    let text = '';
    let ended = false;
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('end', () => (ended = true));
    socket.resume();
    await eventually(() => ended);
    assert.equal(text, 'hello');
    socket.end('late');
    await eventually(() => received() === 'late');
  });

  it('says why it could not connect', async () => {
    await assert.rejects(dial(dialer(1, ['127.0.0.1', '127.0.0.2'])), { reason: 'connectFailed' });
    await assert.rejects(dial(dialer(1, [])), { reason: 'dnsFailed' });
    await assert.rejects(dial(dialer(1, [], { address: { kind: 'unix', path: '/nonexistent/x.sock' } })), {
      reason: 'connectFailed',
    });
  });

  it('given up, it calls nobody', async (t) => {
    const { port, accepted } = await server(t);
    const never = (): void => assert.fail('called');
    dialer(port, ['127.0.0.1']).dial(never, never)();
    const known = dialer(port, ['127.0.0.1'], { address: { kind: 'tcp', host: '127.0.0.1', port } });
    known.dial(never, never)();
    const { socket } = await dial(known);
    await eventually(() => accepted() > 0);
    socket.destroy();
  });
});
