import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { eventually } from '../../testkit/client.ts';
import {
  answering,
  config,
  configFile,
  get,
  isListening,
  processPorts,
  program,
  slowUpstream,
  startWaygate,
} from './waygate-process.ts';

const limit = { timeout: 30_000 };

for (const workers of [1, 2]) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`${workers} worker(s): serves, and ${signal} ends it with 0 and leaves nothing`, limit, async (t) => {
      const ports = await processPorts();
      const waygate = startWaygate(t, { args: ['-f', configFile(t, config(ports, workers, answering('hello')))] });
      await waygate.says('ready');
      assert.equal(await get(ports.data), 'hello');
      assert.equal(await get(ports.readiness, '/healthz/ready'), 'ready\n');
      waygate.child.kill(signal);
      assert.deepEqual(await waygate.ended, { code: 0, signal: null });
      assert.deepEqual(readdirSync(waygate.temporary), []);
    });
  }
}

test('a full disk under its logs stops nothing, and lost lines are counted', limit, async (t) => {
  const ports = await processPorts();
  const command = ['sh', '-c', 'exec "$0" "$@" >/dev/full 2>&1', process.execPath, program] as const;
  const waygate = startWaygate(t, { command, args: ['-c', config(ports, 2, answering('hello'))] });
  await eventually(() =>
    get(ports.readiness, '/healthz/ready').then(
      (text) => text === 'ready\n',
      () => false,
    ),
  );
  for (let i = 0; i < 3; i++) assert.equal(await get(ports.data), 'hello');
  await eventually(async () =>
    (await get(ports.stats, '/metrics')).includes('\nagentgateway_access_log_dropped_lines_total 3\n'),
  );
  waygate.child.kill('SIGTERM');
  assert.deepEqual(await waygate.ended, { code: 0, signal: null });
});

test('a request in flight ends while readiness already says no and nothing is accepted', limit, async (t) => {
  const upstream = await slowUpstream(t);
  const ports = await processPorts();
  const route = `backends:\n- host: 127.0.0.1:${upstream.port}`;
  const waygate = startWaygate(t, { args: ['-f', configFile(t, config(ports, 2, route))] });
  await waygate.says('ready');
  const reply = get(ports.data);
  await upstream.arrived;
  waygate.child.kill('SIGTERM');
  await waygate.says('stopping');
  const ready = await fetch(`http://127.0.0.1:${ports.readiness}/healthz/ready`);
  assert.deepEqual([ready.status, await ready.text()], [503, 'draining\n']);
  while (await isListening(ports.data)) await new Promise((resolve) => setTimeout(resolve, 10));
  upstream.answer();
  assert.equal(await reply, 'slow');
  assert.deepEqual(await waygate.ended, { code: 0, signal: null });
});

test('a request that never ends does not hold the process beyond the deadline', limit, async (t) => {
  const upstream = await slowUpstream(t);
  const ports = await processPorts();
  const text = config(ports, 1, `backends:\n- host: 127.0.0.1:${upstream.port}`);
  const file = configFile(t, text.replace('config:\n', 'config:\n  connectionTerminationDeadline: 300ms\n'));
  const waygate = startWaygate(t, { args: ['-f', file] });
  await waygate.says('ready');
  const reply = get(ports.data).catch(() => 'broken');
  await upstream.arrived;
  waygate.child.kill('SIGTERM');
  assert.deepEqual(await waygate.ended, { code: 0, signal: null });
  assert.equal(await reply, 'broken');
});

test('a signal that comes twice at once, as timeout(1) sends it, is one request', limit, async (t) => {
  const upstream = await slowUpstream(t);
  const ports = await processPorts();
  const route = `backends:\n- host: 127.0.0.1:${upstream.port}`;
  const waygate = startWaygate(t, { args: ['-c', config(ports, 1, route)] });
  await waygate.says('ready');
  const reply = get(ports.data);
  await upstream.arrived;
  waygate.child.kill('SIGTERM');
  await waygate.says('stopping');
  waygate.child.kill('SIGTERM');
  upstream.answer();
  assert.equal(await reply, 'slow');
  assert.deepEqual(await waygate.ended, { code: 0, signal: null });
});

test('a second signal ends it at once', limit, async (t) => {
  const upstream = await slowUpstream(t);
  const ports = await processPorts();
  const text = config(ports, 2, `backends:\n- host: 127.0.0.1:${upstream.port}`);
  const file = configFile(t, text.replace('config:\n', 'config:\n  connectionTerminationDeadline: 1h\n'));
  const waygate = startWaygate(t, { args: ['-f', file] });
  await waygate.says('ready');
  const reply = get(ports.data).catch(() => 'broken');
  await upstream.arrived;
  waygate.child.kill('SIGINT');
  await waygate.says('stopping');
  await new Promise((resolve) => setTimeout(resolve, 600));
  waygate.child.kill('SIGINT');
  assert.deepEqual(await waygate.ended, { code: 130, signal: null });
  assert.equal(await reply, 'broken');
});

test('a port that another program has is one clear line and exit code 1', limit, async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  t.after(() => other.close());
  const data = (other.address() as AddressInfo).port;
  const waygate = startWaygate(t, {
    args: ['-c', config({ ...(await processPorts()), data }, 2, answering('hello'))],
  });
  assert.deepEqual(await waygate.ended, { code: 1, signal: null });
  assert.equal(waygate.stderr(), `waygate: 127.0.0.1:${data} is already in use\n`);
  assert.equal(waygate.stdout(), '');
});

test('a port that another Waygate shares between its workers is taken all the same', limit, async (t) => {
  const ports = await processPorts();
  const first = startWaygate(t, { args: ['-c', config(ports, 2, answering('first'))] });
  await first.says('ready');
  const second = startWaygate(t, {
    args: ['-c', config({ ...(await processPorts()), data: ports.data }, 2, answering('second'))],
  });
  assert.deepEqual(await second.ended, { code: 1, signal: null });
  assert.match(second.stderr(), /^waygate: 127\.0\.0\.1:\d+ is already in use\n$/);
  assert.equal(await get(ports.data), 'first');
});

test('a taken admin port is one clear line and exit code 1', limit, async (t) => {
  const ports = await processPorts();
  const first = startWaygate(t, { args: ['-c', config(ports, 1, answering('first'))] });
  await first.says('ready');
  const second = startWaygate(t, {
    args: ['-c', config({ ...(await processPorts()), admin: ports.admin }, 1, answering('second'))],
  });
  assert.deepEqual(await second.ended, { code: 1, signal: null });
  assert.match(second.stderr(), /^waygate: admin: 127\.0\.0\.1:\d+ is already in use\n$/);
});
