import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import net from 'node:net';
import tls from 'node:tls';
import { certificates } from '../../testkit/certificates.ts';
import { RawClient, send } from '../../testkit/client.ts';
import type { TestGateway } from '../../testkit/gateway.ts';

const ca = readFileSync(certificates.ca);

/** Ways to reach the gateway of `configuration.ts`. */
export const listeners = ['plain', 'TLS'] as const;

/** A connection to the listener of that name. */
export function connect(gateway: TestGateway, listener: (typeof listeners)[number], alpn: string): RawClient {
  const [plain = 0, secure = 0] = gateway.ports;
  if (listener === 'plain') {
    return new RawClient(net.connect({ port: plain, host: '127.0.0.1', allowHalfOpen: true, noDelay: true }));
  }
  const socket = tls.connect({ port: secure, host: '127.0.0.1', ca, servername: 'localhost', ALPNProtocols: [alpn] });
  return new RawClient(socket);
}

/** Ordinary requests are served as ever, and get their own answers. */
export async function servesAsEver(gateway: TestGateway): Promise<void> {
  const [plain = 0, secure = 0] = gateway.ports;
  const headers = { host: 'a.test' };
  assert.equal((await send(plain, { path: '/fine', headers })).text, 'GET /fine');
  assert.equal(
    (await send(secure, { path: '/fine', headers, tls: { ca, servername: 'localhost' } })).text,
    'GET /fine',
  );
}

/** Sends each of `all` on a connection of its own, twenty at the same time, and waits until each has ended. */
export async function attack(gateway: TestGateway, all: Generator<Buffer>): Promise<void> {
  const worker = async (): Promise<void> => {
    for (const bytes of all) {
      const client = connect(gateway, 'plain', '');
      client.socket.end(bytes);
      await client.until(() => client.ended || client.closed, `an end of ${JSON.stringify(bytes.toString('latin1'))}`);
      client.destroy();
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
}
