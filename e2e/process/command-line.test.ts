import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { answering, config, configFile, get, processPorts, startWaygate } from './waygate-process.ts';

const limit = { timeout: 30_000 };
const ports = { data: 8080, admin: 15000, stats: 15020, readiness: 15021 };
const good = config(ports, 1, answering('hello'));

test('--validate-only accepts a good file without opening a port', limit, async (t) => {
  const file = configFile(t, good);
  const waygate = startWaygate(t, { args: ['--validate-only', '-f', file] });
  assert.deepEqual(await waygate.ended, { code: 0, signal: null });
  assert.equal(waygate.stdout(), `${file}: valid\n`);
  assert.equal(waygate.stderr(), '');
});

for (const args of [['--validate-only'], []]) {
  test(`a bad file is exit code 2 and every error has its place: ${args.join(' ') || 'run'}`, limit, async (t) => {
    const file = configFile(t, good.replace('gateways:', 'gatways:').replace('workerThreads', 'workerThread'));
    const waygate = startWaygate(t, { args: [...args, '-f', file] });
    assert.deepEqual(await waygate.ended, { code: 2, signal: null });
    assert.ok(waygate.stderr().includes(`${file}:2:3: `), waygate.stderr());
    assert.ok(waygate.stderr().includes(`${file}:6:1: `), waygate.stderr());
  });
}

test('a file that is not there is exit code 2', limit, async (t) => {
  const waygate = startWaygate(t, { args: ['-f', '/nonexistent/waygate.yaml'] });
  assert.deepEqual(await waygate.ended, { code: 2, signal: null });
  assert.match(waygate.stderr(), /^\/nonexistent\/waygate\.yaml: cannot be read/);
});

test('a configuration can come from standard input', limit, async (t) => {
  const own = await processPorts();
  const waygate = startWaygate(t, { args: ['-f', '-'], stdin: config(own, 1, answering('from stdin')) });
  await waygate.says('ready');
  assert.equal(await get(own.data), 'from stdin');
});

test('schema prints the JSON Schema', limit, async (t) => {
  const waygate = startWaygate(t, { args: ['schema'] });
  assert.deepEqual(await waygate.ended, { code: 0, signal: null });
  assert.equal(waygate.stdout(), readFileSync(join(import.meta.dirname, '../../schema/config.json'), 'utf8'));
});

test('help and version go to standard output, bad usage to standard error with 2', limit, async (t) => {
  const help = startWaygate(t, { args: ['run', '--help'] });
  const version = startWaygate(t, { args: ['--version'] });
  const wrong = startWaygate(t, { args: ['scheme'] });
  assert.deepEqual(await help.ended, { code: 0, signal: null });
  assert.match(help.stdout(), /^Run the gateway/);
  assert.deepEqual(await version.ended, { code: 0, signal: null });
  assert.match(version.stdout(), /^waygate \d+\.\d+\.\d+\n$/);
  assert.deepEqual(await wrong.ended, { code: 2, signal: null });
  assert.match(wrong.stderr(), /did you mean schema\?/);
});
