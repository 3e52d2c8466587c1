import assert from 'node:assert/strict';
import http from 'node:http';
import type net from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { ListenerHandle } from '../listen.ts';
import { Sweeper } from '../sweeper.ts';
import { eventually, type RawClient } from '../testing/raw-client.ts';
import { rawServer, type RawServer } from '../testing/raw-server.ts';
import { testListener } from '../testing/test-listener.ts';
import { Endpoints } from '../upstream/endpoints.ts';
import { relayHandler } from './bench-relay.ts';

type Relay = ListenerHandle & { readonly client: () => RawClient };

/** A listener that hands every request to the upstream on `port`. */
async function relayTo(t: TestContext, port: number): Promise<Relay> {
  const endpoint = new Endpoints({ sweeper: new Sweeper(20) }).acquire({
    address: { kind: 'tcp', host: '127.0.0.1', port },
    connectTimeoutMs: 2000,
    poolIdleTimeoutMs: 30_000,
    dnsFamily: 'all',
  });
  t.after(() => endpoint.release());
  return testListener(t, relayHandler(endpoint));
}

async function write(client: RawClient, text: string, cuts: readonly number[]): Promise<void> {
  let at = 0;
  for (const cut of [...cuts, text.length]) {
    client.write(text.slice(at, cut));
    at = cut;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function upstream(t: TestContext, handler: http.RequestListener): Promise<number> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

describe('both sides together', () => {
  it('carry the same bytes however they are cut', { timeout: 60_000 }, async (t) => {
    const server: RawServer = await rawServer(t);
    const relay = await relayTo(t, server.port);
    const requests = [
      [
        'POST /a?b HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nContent-Length: 11\r\n\r\nhello world',
        'POST /a?b HTTP/1.1\r\nhost: h\r\nx-a: 1\r\ncontent-length: 11\r\n\r\nhello world',
      ],
      [
        'PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nX-T: 1\r\n\r\n',
        'PUT / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-t: 1\r\n\r\n',
      ],
      ['GET / HTTP/1.1\r\nHost: h\r\n\r\n', 'GET / HTTP/1.1\r\nhost: h\r\n\r\n'],
    ] as const;
    const responses = [
      [
        'HTTP/1.1 200 OK\r\nDate: d\r\nContent-Length: 5\r\n\r\nhello',
        'HTTP/1.1 200 OK\r\ndate: d\r\ncontent-length: 5\r\n\r\nhello',
      ],
      [
        'HTTP/1.1 200 OK\r\nDate: d\r\nTransfer-Encoding: chunked\r\n\r\n3;e\r\nabc\r\n0\r\nX-T: 1\r\nSet-Cookie: x\r\n\r\n',
        'HTTP/1.1 200 OK\r\ndate: d\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n',
      ],
      [
        'HTTP/1.1 404 Nope\r\nDate: d\r\nContent-Length: 0\r\n\r\n',
        'HTTP/1.1 404 Not Found\r\ndate: d\r\ncontent-length: 0\r\n\r\n',
      ],
    ] as const;
    const client = relay.client();
    const cuts = fc.array(fc.nat({ max: 110 }), { maxLength: 6 }).map((list) => list.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...requests),
        fc.constantFrom(...responses),
        cuts,
        cuts,
        async (request, response, ins, outs) => {
          client.received = '';
          for (const connection of server.connections) connection.received = '';
          await write(
            client,
            request[0],
            ins.filter((cut) => cut < request[0].length),
          );
          const connection = await server.connection(0);
          await connection.until(() => connection.received.length >= request[1].length, 'the request');
          assert.equal(connection.received, request[1]);
          await write(
            connection,
            response[0],
            outs.filter((cut) => cut < response[0].length),
          );
          await client.until(() => client.received.length >= response[1].length, 'the response');
          assert.equal(client.received, response[1]);
        },
      ),
      { numRuns: 150 },
    );
    assert.equal(server.connections.length, 1, 'one connection carried them all');
  });

  it('hold a fast upstream back to the speed of a slow client', async (t) => {
    let sent = 0;
    const port = await upstream(t, (_, response) => {
      const chunk = Buffer.alloc(65_536, 120);
      const pump = (): void => {
        while (sent < 2000) {
          sent += 1;
          if (!response.write(chunk)) {
            response.once('drain', pump);
            return;
          }
        }
        response.end();
      };
      pump();
    });
    const client = (await relayTo(t, port)).client();
    client.socket.pause();
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(sent < 1000, `${sent} of 2000 chunks went into memory`);
    client.socket.on('data', () => (client.received = client.received.slice(-10)));
    client.socket.resume();
    await client.until(() => client.received.endsWith('0\r\n\r\n'));
    assert.equal(sent, 2000);
  });

  it('hold a fast client back to the speed of a slow upstream', async (t) => {
    const server = await rawServer(t, (connection) => connection.socket.pause());
    const client = (await relayTo(t, server.port)).client();
    const size = 100_000_000;
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
    client.socket.write(Buffer.alloc(size));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(
      client.socket.bytesWritten - client.socket.writableLength < 50_000_000 || client.socket.writableLength > 0,
    );
    const connection = await server.connection(0);
    let received = 0;
    connection.socket.removeAllListeners('data');
    connection.socket.on('data', (chunk: Buffer) => (received += chunk.length));
    connection.socket.resume();
    await eventually(() => received > size);
  });

  it('end the response detectably when the upstream dies in the middle', async (t) => {
    const server = await rawServer(t, (connection) =>
      connection.socket.once('data', () => {
        connection.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
        setTimeout(() => connection.socket.resetAndDestroy(), 30);
      }),
    );
    const client = (await relayTo(t, server.port)).client();
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.match(await client.rest(), /5\r\nhello\r\n$/);
  });

  it('close the upstream connection at once when the client goes away', async (t) => {
    const server = await rawServer(t);
    const client = (await relayTo(t, server.port)).client();
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const connection = await server.connection(0);
    await connection.has('\r\n\r\n');
    client.destroy();
    await connection.rest();
  });

  it('relay an upgraded connection both ways', async (t) => {
    const server = await rawServer(t, (connection) =>
      connection.socket.once('data', () =>
        connection.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\nfirst',
        ),
      ),
    );
    const client = (await relayTo(t, server.port)).client();
    client.write(
      'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n',
    );
    await client.has('first');
    assert.match(client.received, /^HTTP\/1.1 101 [^]*sec-websocket-accept: x\r\n[^]*upgrade: websocket\r\n/);
    const connection = await server.connection(0);
    assert.match(connection.received, /sec-websocket-key: k\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n$/);
    client.write('ping');
    await connection.has('ping');
    connection.socket.end('bye');
    assert.match(await client.rest(), /firstbye$/);
  });

  it('serve node clients with large bodies both ways over kept connections', async (t) => {
    const port = await upstream(t, (request, response) => {
      const hash: Buffer[] = [];
      request.on('data', (chunk: Buffer) => hash.push(chunk));
      request.on('end', () => response.end(Buffer.concat(hash)));
    });
    const relay = await relayTo(t, port);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
    t.after(() => agent.destroy());
    const echo = (size: number, chunked: boolean): Promise<void> =>
      new Promise((resolve, reject) => {
        const body = Buffer.alloc(size, size % 251);
        const request = http.request(
          {
            port: relay.port,
            host: '127.0.0.1',
            method: 'POST',
            agent,
            headers: chunked ? {} : { 'content-length': size },
          },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('end', () =>
              Buffer.concat(chunks).equals(body) ? resolve() : reject(new Error('not the same')),
            );
            response.on('error', reject);
          },
        );
        request.on('error', reject);
        if (chunked) request.flushHeaders();
        request.end(body);
      });
    await Promise.all(
      [1, 1000, 65_536, 1_000_000, 5_000_000].flatMap((size) => [
        echo(size, true),
        echo(size, false),
        echo(size + 1, true),
      ]),
    );
  });
});
