import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { certificates } from '../../../testkit/certificates.ts';
import { eventually } from '../../../testkit/client.ts';
import { startGateway } from '../../../testkit/gateway.ts';
import { startEcho } from '../websocket-ends.ts';

const { ca, local } = certificates;
const program = join(
  process.env['WSCAT_CACHE'] ?? join(import.meta.dirname, '../../../.cache/wscat'),
  'node_modules/wscat/bin/wscat',
);

before(() => promisify(execFile)(join(import.meta.dirname, 'setup.sh')));

/** Types `lines` when the server has greeted, and reads what wscat prints until it ends. */
async function converse(args: readonly string[], lines: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [program, '--slash', '--show-ping-pong', ...args], { timeout: 20_000 });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)));
  child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)));
  const ended = once(child, 'close');
  await eventually(() => output.includes('welcome') || child.exitCode !== null, 'the greeting');
  for (const line of lines) child.stdin.write(`${line}\n`);
  await ended;
  return output;
}

test('wscat talks, pings and closes through the gateway: plain, over TLS, and with it as a proxy', async () => {
  await using upstream = await startEcho();
  upstream.server.on('connection', (socket) => socket.send('welcome'));
  const routes = `routes: [{ backends: [{ host: "${upstream.host}" }] }]`;
  await using gateway = await startGateway(`
frontendPolicies: { connect: { mode: route } }
binds:
- { port: $PORT, address: ["127.0.0.1"], listeners: [{ name: plain, protocol: HTTP, ${routes} }] }
- port: $PORT1
  address: ["127.0.0.1"]
  listeners: [{ name: tls, protocol: HTTPS, tls: { cert: ${local.cert}, key: ${local.key} }, ${routes} }]
`);
  const [plain, secure] = gateway.ports;
  for (const args of [
    ['--connect', `ws://127.0.0.1:${plain}/chat`, '--subprotocol', 'chat'],
    ['--connect', `wss://localhost:${secure}/chat`, '--ca', ca],
    ['--connect', `ws://${upstream.host}/`, '--proxy', `http://127.0.0.1:${plain}`],
  ]) {
    const output = await converse(args, ['hello there', '/ping still', '/close 4001 over']);
    assert.match(output, /^[> ]*hello there$/m);
    assert.match(output, /Received pong \(data: "still"\)/);
  }
  await eventually(() => upstream.closes.length === 3, 'the closes');
  assert.deepEqual(new Set(upstream.closes.map(({ code, reason }) => `${code} ${reason}`)), new Set(['4001 over']));
  const lines = await gateway.lines(3);
  assert.deepEqual(
    lines.map((line) => [line['listener'], line['http.method'], line['http.status']]),
    [
      ['plain', 'GET', 101],
      ['tls', 'GET', 101],
      ['plain', 'CONNECT', 200],
    ],
  );
});
