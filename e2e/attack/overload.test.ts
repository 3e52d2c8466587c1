import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Load } from '../../src/base/load-probe.ts';
import { certificates } from '../../testkit/certificates.ts';
import { eventually, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { answering, config, get, processPorts, startWaygate } from '../process/waygate-process.ts';
import { secureClient } from '../tcp/servers.ts';

const direct = '{ directResponse: { status: 200, body: ok } }';

test('under too much load a part of the requests is 503 at once, and all are served when it is over', async () => {
  let load: Load = { delayMs: 0, memory: 0 };
  await using gateway = await startGateway(oneRoute(direct), () => ({ read: () => load, close: () => undefined }));
  assert.equal((await send(gateway.port)).status, 200);
  load = { delayMs: 5000, memory: 0 };
  const statuses = new Set<number>();
  await eventually(async () => {
    const { status, headers, text } = await send(gateway.port);
    if (status === 503) {
      assert.match(String(headers['retry-after']), /^[1-5]$/);
      assert.equal(JSON.parse(text).error.reason, 'overloaded');
    }
    statuses.add(status);
    return statuses.size === 2;
  });
  assert.deepEqual(
    [...statuses].toSorted((a, b) => a - b),
    [200, 503],
  );
  assert.ok(gateway.metric('limit_rejections', { limit: 'overload' }) > 0);
  load = { delayMs: 0, memory: 0 };
  await eventually(async () => {
    for (let i = 0; i < 20; i += 1) if ((await send(gateway.port)).status !== 200) return false;
    return true;
  });
});

test('as large a part of the new connections is refused, over TLS before the handshake; those that are there go on', async (t) => {
  let load: Load = { delayMs: 0, memory: 0 };
  const { cert, key } = certificates.a;
  await using gateway = await startGateway(
    `
gateways: { default: { port: $PORT, address: ["127.0.0.1"], tls: { cert: ${cert}, key: ${key} } } }
routes: [{ policies: ${direct} }]`,
    () => ({ read: () => load, close: () => undefined }),
  );
  const connect = async (): Promise<boolean> => {
    const client = secureClient(gateway.port, { servername: 'a.test', rejectUnauthorized: false });
    t.after(() => client.destroy());
    let isSecure = false;
    client.socket.once('secureConnect', () => (isSecure = true));
    await client.until(() => client.closed || isSecure);
    return isSecure;
  };
  const kept = secureClient(gateway.port, { servername: 'a.test', rejectUnauthorized: false });
  t.after(() => kept.destroy());
  kept.write('GET / HTTP/1.1\r\nhost: a.test\r\n\r\n');
  await kept.has('ok');
  load = { delayMs: 0, memory: 0.99 };
  const rejections = (): number => gateway.metric('limit_rejections', { limit: 'overload' });
  let handshakes = 1;
  await eventually(async () => {
    if (await connect()) handshakes += 1;
    return rejections() >= 3;
  });
  assert.equal(gateway.observations('tls_handshake_duration_seconds'), handshakes);
  await eventually(async () => {
    const before = kept.received.length;
    kept.write('GET / HTTP/1.1\r\nhost: a.test\r\n\r\n');
    await kept.until(() => kept.received.length > before && /(?:ok|\})$/.test(kept.received));
    return kept.received.endsWith('ok');
  });
  assert.equal(kept.closed, false);
});

test('a process with too little memory still answers its administrators', async (t) => {
  const ports = await processPorts();
  const settings = 'frontendPolicies: { overload: { eventLoopDelay: 0s, memoryPercent: 1 } }';
  const gateway = startWaygate(t, {
    args: ['-c', `${config(ports, 2, answering('ok'))}${settings}\n`],
    env: { NODE_OPTIONS: '--max-old-space-size=256' },
  });
  await gateway.says('ready');
  await eventually(async () => (await fetch(`http://127.0.0.1:${ports.data}/`)).status === 503);
  for (let i = 0; i < 10; i++) {
    assert.equal(await get(ports.readiness, '/healthz/ready'), 'ready\n');
    assert.match(await get(ports.stats, '/metrics'), /limit_rejections_total\{[^}]*limit="overload"\} \d/);
    assert.equal((await fetch(`http://localhost:${ports.admin}/config_dump`)).status, 200);
  }
});

test('without limits nothing is refused', async () => {
  const extra = 'frontendPolicies: { overload: { eventLoopDelay: 0s, memoryPercent: 0 } }';
  await using gateway = await startGateway(oneRoute(direct, [], extra), () => assert.fail());
  assert.equal((await send(gateway.port)).status, 200);
});
