import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Logger } from '../../base/logger.ts';
import type { Model } from '../../model/model.ts';
import type { LoadedModel } from '../source.ts';
import { Reloader } from './reloader.ts';

/** A reloader over real files whose model is the text of the main file. */
async function running(
  t: TestContext,
  layout: (directory: string) => { file: string; others?: string[]; folders?: string[] },
) {
  const directory = mkdtempSync(join(tmpdir(), 'waygate-reload-'));
  const { file, others = [], folders = [] } = layout(directory);
  const seen: string[] = [];
  const lines: string[] = [];
  let waiting: (() => void)[] = [];
  const note = (event: string): void => {
    seen.push(event);
    for (const wake of waiting.splice(0)) wake();
  };
  const files = [file, ...others];
  const watched = [...files, ...folders];
  const model = (text: string): Model => ({ process: { workers: 1 }, text }) as unknown as Model;
  const load = async (): Promise<LoadedModel> => {
    const text = files.map((path) => readFileSync(path, 'utf8')).join('+');
    if (text.includes('bad')) return { ok: false, errors: `${file}:1:1 bad\n`, files: watched };
    return { ok: true, files: watched, blank: text === '', warnings: [], model: model(text) };
  };
  const reloader = new Reloader(
    {
      file,
      load,
      apply: async (next) => {
        const { text } = next as unknown as { text: string };
        if (text.includes('refused')) throw new Error('port 80 is taken');
        note(text);
      },
      synchronized: (yes) => note(`synchronized ${yes}`),
      log: new Logger((line) => lines.push(line)),
      times: { quietMs: 10, longestMs: 100, pollMs: 50 },
    },
    model('start'),
  );
  t.after(async () => {
    await reloader.close();
    rmSync(directory, { recursive: true });
  });
  await reloader.start(watched, Date.now() + 10_000);
  const until = async (event: string): Promise<void> => {
    while (!seen.includes(event)) await new Promise<void>((resolve) => (waiting = [...waiting, resolve]));
  };
  return { directory, file, seen, lines, until };
}

function plainFile(directory: string): { file: string } {
  const file = join(directory, 'config.yaml');
  writeFileSync(file, 'one');
  return { file };
}

test('a rewritten file is loaded and applied', { timeout: 10_000 }, async (t) => {
  const { file, until, seen } = await running(t, plainFile);
  writeFileSync(file, 'two');
  await until('synchronized true');
  assert.deepEqual(seen, ['two', 'synchronized true']);
});

test('a file that is empty is not taken over', { timeout: 10_000 }, async (t) => {
  const { file, until, seen, lines } = await running(t, plainFile);
  writeFileSync(file, '');
  await until('synchronized false');
  assert.ok(lines.some((line) => line.includes('the configuration file is empty')));
  writeFileSync(file, 'two');
  await until('synchronized true');
  assert.deepEqual(seen, ['synchronized false', 'two', 'synchronized true']);
});

test('a file that is replaced by renaming is seen, and again', { timeout: 10_000 }, async (t) => {
  const { directory, file, until } = await running(t, plainFile);
  for (const text of ['two', 'three']) {
    writeFileSync(join(directory, 'new'), text);
    renameSync(join(directory, 'new'), file);
    await until(text);
  }
});

test('a swapped ConfigMap link is seen, and again', { timeout: 10_000 }, async (t) => {
  const swap = (directory: string, name: string): void => {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, 'config.yaml'), name);
    symlinkSync(name, join(directory, '..data_tmp'));
    renameSync(join(directory, '..data_tmp'), join(directory, '..data'));
  };
  const { directory, until } = await running(t, (volume) => {
    swap(volume, '..1');
    symlinkSync('..data/config.yaml', join(volume, 'config.yaml'));
    return { file: join(volume, 'config.yaml') };
  });
  swap(directory, '..2');
  await until('..2');
  swap(directory, '..3');
  rmSync(join(directory, '..1'), { recursive: true });
  await until('..3');
});

test('a referenced file in another directory is watched', { timeout: 10_000 }, async (t) => {
  const { directory, until } = await running(t, (root) => {
    mkdirSync(join(root, 'certs'));
    const other = join(root, 'certs', 'cert.pem');
    writeFileSync(other, 'cert1');
    return { ...plainFile(root), others: [other] };
  });
  writeFileSync(join(directory, 'certs', 'cert.pem'), 'cert2');
  await until('one+cert2');
});

test('a file that appears in a referenced folder is seen', { timeout: 10_000 }, async (t) => {
  const { directory, until, file } = await running(t, (root) => {
    mkdirSync(join(root, 'policies'));
    return { ...plainFile(root), folders: [join(root, 'policies')] };
  });
  writeFileSync(join(directory, 'policies', 'a.cedar'), 'permit');
  await until('one');
  writeFileSync(file, 'two');
  await until('two');
});

test('a directory that is removed and made again is watched again', { timeout: 10_000 }, async (t) => {
  const { directory, until } = await running(t, (root) => {
    mkdirSync(join(root, 'sub'));
    return plainFile(join(root, 'sub'));
  });
  for (const text of ['two', 'three']) {
    renameSync(join(directory, 'sub'), join(directory, `was-before-${text}`));
    mkdirSync(join(directory, 'new'));
    writeFileSync(join(directory, 'new', 'config.yaml'), text);
    renameSync(join(directory, 'new'), join(directory, 'sub'));
    await until(text);
  }
});

test('a file with errors is reported, changes nothing, and its correction is taken', { timeout: 10_000 }, async (t) => {
  const { file, until, seen, lines } = await running(t, plainFile);
  writeFileSync(file, 'bad');
  await until('synchronized false');
  assert.ok(lines.some((line) => line.includes(`${file}:1:1 bad`)));
  writeFileSync(file, 'one');
  await until('synchronized true');
  assert.deepEqual(seen, ['synchronized false', 'one', 'synchronized true']);
});

test('a model that cannot be served is reported with the reason', { timeout: 10_000 }, async (t) => {
  const { file, until, lines } = await running(t, plainFile);
  writeFileSync(file, 'refused');
  await until('synchronized false');
  assert.ok(lines.some((line) => line.includes('port 80 is taken')));
});

test('rewriting the same contents applies nothing', { timeout: 10_000 }, async (t) => {
  const { file, until, seen } = await running(t, plainFile);
  writeFileSync(file, 'one');
  await new Promise((resolve) => setTimeout(resolve, 150));
  writeFileSync(file, 'two');
  await until('two');
  assert.deepEqual(
    seen.filter((event) => !event.startsWith('synchronized')),
    ['two'],
  );
});

test('a change between the first load and the watch is not lost', { timeout: 10_000 }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'waygate-reload-'));
  const file = join(directory, 'config.yaml');
  writeFileSync(file, 'newer than the load');
  const applied = Promise.withResolvers<void>();
  const model = { process: { workers: 1 } } as unknown as Model;
  const reloader = new Reloader(
    {
      file,
      load: async () => ({ ok: true, files: [file], blank: false, warnings: [], model }),
      apply: async () => applied.resolve(),
      synchronized: () => undefined,
      log: new Logger(() => undefined),
    },
    model,
  );
  t.after(async () => {
    await reloader.close();
    rmSync(directory, { recursive: true });
  });
  await reloader.start([file], Date.now() - 1000);
  await applied.promise;
});

test('changed process settings keep their running values and are named', { timeout: 10_000 }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'waygate-reload-'));
  const file = join(directory, 'config.yaml');
  writeFileSync(file, 'x');
  const applied = Promise.withResolvers<Model>();
  const lines: string[] = [];
  const reloader = new Reloader(
    {
      file,
      load: async () => ({
        ok: true,
        files: [file],
        blank: false,
        warnings: [],
        model: { process: { workers: 4 } } as Model,
      }),
      apply: async (model) => applied.resolve(model),
      synchronized: () => undefined,
      log: new Logger((line) => lines.push(line)),
    },
    { process: { workers: 2 } } as Model,
  );
  t.after(async () => {
    await reloader.close();
    rmSync(directory, { recursive: true });
  });
  await reloader.start([file], Date.now() - 1000);
  assert.equal((await applied.promise).process.workers, 2);
  assert.ok(lines.some((line) => line.includes('config.workerThreads')));
});
