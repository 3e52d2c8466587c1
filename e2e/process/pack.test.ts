import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { answering, config, freePorts, get, startWaygate, temporaryFolder } from './waygate-process.ts';

const root = join(import.meta.dirname, '../..');

test('the packed package runs where it is installed, without its sources', { timeout: 180_000 }, async (t) => {
  const folder = temporaryFolder(t);
  execFileSync(process.execPath, [join(root, 'scripts/build.ts')], { stdio: 'ignore' });
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const description: unknown = JSON.parse(packed);
  const [{ filename, files }] = (Array.isArray(description) ? description : Object.values(description as object)) as [
    { filename: string; files: { path: string }[] },
  ];
  const paths = files.map(({ path }) => path);
  for (const needed of [
    'bin/waygate',
    'dist/waygate.mjs',
    'dist/worker.mjs',
    'schema/config.json',
    'LICENSE',
    'README.md',
  ]) {
    assert.ok(paths.includes(needed), needed);
  }
  assert.deepEqual(
    paths.filter((path) => path.startsWith('src/')),
    [],
  );

  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, filename)], {
    cwd: folder,
    stdio: 'ignore',
  });
  const command = [process.execPath, join(folder, 'node_modules/waygate/bin/waygate')] as const;
  assert.ok(existsSync(join(folder, 'node_modules/.bin/waygate')));
  const version = startWaygate(t, { args: ['--version'], command });
  assert.deepEqual(await version.ended, { code: 0, signal: null });
  const schema = startWaygate(t, { args: ['schema'], command });
  assert.deepEqual(await schema.ended, { code: 0, signal: null });
  for (const workers of [1, 2]) {
    const ports = await freePorts();
    const waygate = startWaygate(t, { args: ['-c', config(ports, workers, answering('packed'))], command });
    await waygate.says('ready');
    assert.equal(await get(ports.data), 'packed');
    waygate.child.kill('SIGTERM');
    assert.deepEqual(await waygate.ended, { code: 0, signal: null });
  }
});
