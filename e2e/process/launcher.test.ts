import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answering, config, get, isListening, processPorts, slowUpstream, startWaygate } from './waygate-process.ts';

const limit = { timeout: 30_000 };

test('on an older Node it runs on the one that npm brought, exit codes included', limit, async (t) => {
  const good = startWaygate(t, { args: ['--version'], oldNode: true });
  const bad = startWaygate(t, { args: ['--frobnicate'], oldNode: true });
  assert.deepEqual(await good.ended, { code: 0, signal: null });
  assert.match(good.stdout(), /^waygate /);
  assert.deepEqual(await bad.ended, { code: 2, signal: null });
});

test('on an older Node, a signal drains', limit, async (t) => {
  const ports = await processPorts();
  const waygate = startWaygate(t, { args: ['-c', config(ports, 1, answering('hello'))], oldNode: true });
  await waygate.says('ready');
  assert.equal(await get(ports.data), 'hello');
  waygate.child.kill('SIGINT');
  await waygate.says('stopping');
  assert.deepEqual(await waygate.ended, { code: 0, signal: null });
});

test('on an older Node, the gateway ends when the launcher is killed', limit, async (t) => {
  const ports = await processPorts();
  const waygate = startWaygate(t, { args: ['-c', config(ports, 1, answering('hello'))], oldNode: true });
  await waygate.says('ready');
  waygate.child.kill('SIGKILL');
  // Its output pipes are held by the gateway, so they close when that has ended, too.
  assert.deepEqual(await waygate.ended, { code: null, signal: 'SIGKILL' });
  assert.equal(await isListening(ports.data), false);
});

test('on an older Node, Ctrl-C in a terminal reaches launcher and gateway and counts once', limit, async (t) => {
  const upstream = await slowUpstream(t);
  const ports = await processPorts();
  const route = `backends:\n- host: 127.0.0.1:${upstream.port}`;
  const waygate = startWaygate(t, { args: ['-c', config(ports, 1, route)], oldNode: true, ownGroup: true });
  await waygate.says('ready');
  const reply = get(ports.data);
  await upstream.arrived;
  process.kill(-(waygate.child.pid ?? 0), 'SIGINT');
  await waygate.says('stopping');
  await new Promise((resolve) => setTimeout(resolve, 200));
  upstream.answer();
  assert.equal(await reply, 'slow');
  assert.deepEqual(await waygate.ended, { code: 0, signal: null });
});
