import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import type { GatewayError } from '../../base/errors.ts';
import { openTunnel } from './tunnel-handshake.ts';

/** What comes of a proxy that answers with `parts`, one packet each; `sent` is what it was asked. */
async function ask(parts: readonly string[], end = false): Promise<{ result: string; sent: string }> {
  let sent = '';
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      sent += chunk.toString();
      if (!sent.endsWith('\r\n\r\n')) return;
      void (async () => {
        for (const part of parts) await new Promise((resolve) => socket.write(part, () => setImmediate(resolve)));
        if (end) socket.end();
      })();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const socket = net.connect({ port, host: '127.0.0.1' });
  try {
    const result = await new Promise<string>((resolve) => {
      const onError = ({ cause }: GatewayError): void => resolve((cause as Error).message);
      openTunnel(
        socket,
        { target: 'up.test:443', fields: ['x-a', 'b'] },
        () => {
          assert.ok(socket.isPaused());
          socket.once('data', (chunk: Buffer) => resolve(`open: ${chunk.toString()}`));
          socket.resume();
        },
        onError,
      );
    });
    return { result, sent };
  } finally {
    socket.destroy();
    server.close();
  }
}

test('a tunnel is asked for by its target, and what comes after the answer belongs to it', async () => {
  const { result, sent } = await ask(['HTTP/1.1 200 Connection established\r\n\r\nhello']);
  assert.equal(result, 'open: hello');
  assert.equal(sent, 'CONNECT up.test:443 HTTP/1.1\r\nhost: up.test:443\r\nx-a: b\r\n\r\n');
});

test('an answer may come in pieces, after others, and with a length that means nothing', async () => {
  const parts = ['HTTP/1.1 103 Early Hints\r\n\r\nHT', 'TP/1.0 20', '0 OK\r\ncontent-length: 3\r\n', '\r\n', 'x'];
  assert.equal((await ask(parts)).result, 'open: x');
});

test('everything else is a refusal, with its reason', async () => {
  const refused: [string, RegExp][] = [
    ['HTTP/1.1 407 No\r\n\r\n', /407, it wants other credentials \(CONNECT up\.test:443\)$/],
    ['HTTP/1.1 301 Elsewhere\r\nlocation: x\r\n\r\n', /answered with 301/],
    ['HTTP/1.1 101 Switching\r\n\r\n', /answered with 101/],
    ['nonsense\r\n\r\n', /invalid answer/],
    [`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}`, /invalid answer/],
  ];
  for (const [answer, expected] of refused) assert.match((await ask([answer])).result, expected);
  assert.match((await ask(['HTTP/1.1 200'], true)).result, /closed the connection/);
});
