import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { sleep } from '../../src/base/clock.ts';
import { eventually } from '../../testkit/client.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

const MiB = 1024 * 1024;

async function start(t: TestContext, host: string): Promise<TestGateway> {
  const gateway = await startGateway(`
gateways:
  default: { port: $PORT }
llm:
  models:
  - name: a
    provider: { custom: { formats: [{ type: completions }] } }
    params: { baseUrl: "http://${host}/v1" }
`);
  t.after(() => gateway.close());
  return gateway;
}

/** Begins an upload of `length` bytes and sends `bytes` of them as they are taken. */
async function upload(
  t: TestContext,
  { port }: TestGateway,
  length: number,
  bytes: number = length,
): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(
    `POST /v1/files HTTP/1.1\r\nhost: x\r\ncontent-type: application/octet-stream\r\ncontent-length: ${length}\r\n\r\n`,
  );
  const chunk = Buffer.alloc(MiB);
  let left = bytes;
  const pump = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= chunk.length;
      if (!socket.write(chunk)) return;
    }
  };
  socket.on('drain', pump);
  pump();
  return socket;
}

test('an upload waits for its provider: what is not read is not taken', async (t) => {
  const server = net.createServer({ pauseOnConnect: true });
  const sockets: net.Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const gateway = await start(t, `127.0.0.1:${(server.address() as AddressInfo).port}`);
  const socket = await upload(t, gateway, 256 * MiB);
  await eventually(() => sockets.length === 1, 'the connection to the provider');
  let before = -1;
  await eventually(async () => {
    const standsStill = socket.bytesWritten === before;
    before = socket.bytesWritten;
    await sleep(100);
    return standsStill;
  }, 'the upload to stand still');
  // What the sockets of both sides and the gateway hold.
  assert.ok(before < 64 * MiB, `${before} bytes were taken`);
  for (const stalled of sockets) stalled.destroy();
  await gateway.lines(1);
});

test('the provider hears of a client that leaves within its upload', async (t) => {
  const up = await startUpstream();
  t.after(() => up.close());
  const gateway = await start(t, up.host);
  const socket = await upload(t, gateway, 2 * MiB, MiB);
  await eventually(() => up.connections === 1, 'the upload');
  socket.destroy();
  await eventually(() => up.connections === 0, 'the end of the upload');
  assert.equal(up.requests.length, 0);
  await gateway.lines(1);
});
