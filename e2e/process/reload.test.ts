import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { answering, config, configFile, get, processPorts, startWaygate } from './waygate-process.ts';

const limit = { timeout: 30_000 };

for (const workers of [1, 2]) {
  test(`${workers} worker(s): a changed file is served, a bad one is not and says so`, limit, async (t) => {
    const ports = await processPorts();
    const file = configFile(t, config(ports, workers, answering('one')));
    const waygate = startWaygate(t, { args: ['-f', file] });
    await waygate.says('ready');
    assert.equal(await get(ports.data), 'one');

    writeFileSync(`${file}.new`, config(ports, workers, answering('two')));
    renameSync(`${file}.new`, file);
    await waygate.says('the new configuration is in force');
    assert.equal(await get(ports.data), 'two');
    assert.match(await get(ports.stats, '/metrics'), /^agentgateway_config_synchronized 1$/m);

    writeFileSync(file, config(ports, workers, answering('three')).replace('routes:', 'roots:'));
    await waygate.says('the previous one stays in force');
    await waygate.says(`${file}:8:1: `);
    assert.equal(await get(ports.data), 'two');
    assert.match(await get(ports.stats, '/metrics'), /^agentgateway_config_synchronized 0$/m);

    writeFileSync(file, config(ports, workers, answering('four')));
    while ((await get(ports.data)) !== 'four') await new Promise((resolve) => setTimeout(resolve, 20));
    assert.match(await get(ports.stats, '/metrics'), /^agentgateway_config_synchronized 1$/m);
  });
}

test('a setting of the process says that it needs a restart', limit, async (t) => {
  const ports = await processPorts();
  const text = config(ports, 1, answering('one'));
  const file = configFile(t, text);
  const waygate = startWaygate(t, { args: ['-f', file] });
  await waygate.says('ready');
  writeFileSync(file, text.replace('workerThreads: 1', 'workerThreads: 2'));
  await waygate.says('config.workerThreads');
  await waygate.says('the new configuration is in force');
});

test('a worker that dies is replaced, counted, and no other request fails', limit, async (t) => {
  const ports = await processPorts();
  const waygate = startWaygate(t, {
    args: ['-c', config(ports, 2, answering('hello'))],
    env: { WAYGATE_TEST_FAULTS: '1' },
  });
  await waygate.says('ready');
  waygate.child.kill('SIGUSR2');
  await waygate.says('a worker died');
  await waygate.says('fault injected by a test');
  assert.equal(await get(ports.data), 'hello');
  await waygate.says('a worker was replaced');
  const bodies = await Promise.all(Array.from({ length: 50 }, () => get(ports.data)));
  assert.ok(bodies.every((body) => body === 'hello'));
  assert.match(await get(ports.stats, '/metrics'), /^agentgateway_workers_restarted_total 1$/m);
  waygate.child.kill('SIGTERM');
  assert.deepEqual(await waygate.ended, { code: 0, signal: null });
});
