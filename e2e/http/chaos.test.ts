import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import tls from 'node:tls';
import { certificates } from '../../testkit/certificates.ts';
import { eventually, RawClient } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startRawUpstream } from '../../testkit/upstream.ts';

/** A repeatable sequence of numbers from 0 (in) to 1 (out): mulberry32. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Routes by path, each with policies that hold, repeat, cut or copy what passes. */
const policies: Readonly<Record<string, string>> = {
  plain: '{}',
  retry: '{ retry: { attempts: 2, backoff: 3ms, codes: [503] } }',
  timeout: '{ timeout: { requestTimeout: 30ms, backendRequestTimeout: 20ms } }',
  hold: '{ buffer: { request: { maxBytes: 2000 }, response: { maxBytes: 2000 } } }',
  open: '{ buffer: { request: { maxBytes: 100, failureMode: failOpen }, response: { maxBytes: 100, failureMode: failOpen } } }',
  mirror: '{ requestMirror: { backend: { host: "$MIRROR" }, percentage: 0.5 } }',
  all: `{ retry: { attempts: 1, codes: [503] }, timeout: { backendRequestTimeout: 25ms }, delay: { duration: "2" },
    buffer: { response: { maxBytes: 500 } }, requestMirror: { backend: { host: "$MIRROR" }, percentage: 0.5 } }`,
};

const body = (n: number): string => 'x'.repeat(n);
const chunked = (n: number): string => `${n.toString(16)}\r\n${body(n)}\r\n`;

/** What an upstream may write, and then: keep the connection, end it, or reset it. */
const answers: readonly (readonly [text: string, then: 'keep' | 'end' | 'reset'])[] = [
  ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', 'keep'],
  [`HTTP/1.1 200 OK\r\ncontent-length: 3000\r\n\r\n${body(3000)}`, 'keep'],
  [`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunked(200)}${chunked(70)}0\r\nx-t: 1\r\n\r\n`, 'keep'],
  [`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunked(200)}`, 'end'],
  ['HTTP/1.1 200 OK\r\ncontent-length: 300\r\n\r\nhalf', 'reset'],
  ['HTTP/1.1 200 OK\r\ncontent-length: 300\r\n\r\nhalf', 'keep'],
  ['HTTP/1.0 200 OK\r\n\r\nuntil close', 'end'],
  ['HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy', 'keep'],
  ['HTTP/1.1 204 No Content\r\n\r\n', 'keep'],
  ['HTTP/1.1 103 Early\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', 'keep'],
  ['HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\nhello', 'end'],
  ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokand more than was said', 'keep'],
  ['garbage\r\n\r\n', 'keep'],
  ['', 'reset'],
  ['', 'end'],
  ['', 'keep'],
];

async function secureClient(port: number): Promise<RawClient> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return new RawClient(socket);
}

function requestText(random: () => number): string {
  const names = Object.keys(policies);
  const path = `/${names[Math.floor(random() * names.length)] ?? ''}`;
  const size = Math.floor(random() ** 4 * 150_000);
  switch (Math.floor(random() * 7)) {
    case 0:
      return `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\n${body(size)}`;
    case 1:
      return `PUT ${path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${chunked(size + 1)}0\r\n\r\n`;
    case 2:
      return `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: ${size + 10}\r\n\r\n${body(size)}`;
    case 3:
      return `POST ${path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${chunked(5)}not a chunk\r\n`;
    case 4:
      return `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`;
    case 5:
      return `HEAD ${path} HTTP/1.1\r\nhost: a\r\n\r\nGET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`;
    default:
      return `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`;
  }
}

const { cert, key } = certificates.local;
const secure = `default: { port: $PORT, address: ["127.0.0.1"], protocol: HTTPS, tls: { cert: ${cert}, key: ${key} } }`;
const plain = 'default: { port: $PORT, address: ["127.0.0.1"] }';

for (const [seed, kind] of [
  [1, 'plain'],
  [2, 'plain'],
  [3, 'TLS'],
] as const) {
  test(`whatever clients and upstreams do, each request ends once and nothing stays (${kind}, seed ${seed})`, async () => {
    const random = sequence(seed);
    await using upstream = await startRawUpstream((connection) => {
      connection.socket.on('data', (chunk: Buffer) => {
        // Whole heads only, so that a request's body does not draw answers of its own.
        if (!/^(?:GET|POST|PUT|HEAD) /.test(chunk.toString('latin1'))) return;
        const [text, then] = answers[Math.floor(random() * answers.length)] ?? ['', 'end'];
        const act = (): void => {
          if (text !== '') connection.write(text);
          if (then === 'end') connection.socket.end();
          if (then === 'reset') setImmediate(() => connection.socket.resetAndDestroy());
        };
        if (random() < 0.5) act();
        else setTimeout(act, random() * 15);
      });
    });
    const routes = Object.entries(policies).map(
      ([name, text]) =>
        `- { name: ${name}, matches: [{ path: { exact: /${name} } }], policies: ${text}, backends: [{ host: "$UPSTREAM" }] }`,
    );
    const yaml = `
config: { backend: { poolIdleTimeout: 300ms } }
frontendPolicies: { http: { headTimeout: 500ms } }
gateways: { ${kind === 'TLS' ? secure : plain} }
routes:
${routes.join('\n')}`;
    // Mirrors have time to answer after the request is over; theirs is not waited for.
    await using mirror = await startRawUpstream();
    const source = { yaml, env: { UPSTREAM: upstream.host, MIRROR: mirror.host } };
    await using gateway = await startGateway(source);
    const one = async (): Promise<void> => {
      const client = kind === 'TLS' ? await secureClient(gateway.port) : RawClient.connect(gateway.port);
      const text = requestText(random);
      const cut = Math.floor(random() * text.length);
      client.write(text.slice(0, cut));
      await new Promise((resolve) => setTimeout(resolve, random() * 4));
      client.write(text.slice(cut));
      if (random() < 0.2) client.socket.pause();
      await new Promise((resolve) => setTimeout(resolve, random() * 40));
      if (kind === 'plain' && random() < 0.3) client.socket.resetAndDestroy();
      else client.destroy();
    };
    for (let round = 0; round < 12; round++) {
      await Promise.all(Array.from({ length: 25 }, one));
      // A reload in between: exchanges of several configurations are under way.
      if (round % 4 === 3) await gateway.reload(source);
    }
    await eventually(() => gateway.metric('requests_in_flight') === 0, 'the end of all requests');
    await eventually(() => gateway.metric('connections_open') === 0, 'the end of all client connections');
    for (const connection of upstream.connections) {
      await connection.until(() => connection.ended || connection.closed, 'the end of an upstream connection');
      connection.socket.destroy();
    }
    const requests = gateway.metric('requests');
    assert.ok(requests >= 200, `${requests} requests`);
    await gateway.lines(requests);
    const inside = gateway.diagnostics.filter((line) => line.includes('failed inside'));
    assert.deepEqual(inside, []);
  });
}
