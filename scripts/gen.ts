/**
 * Writes every generated file: each module of `scripts/gen/` that exports `files` adds its own. `npm run gen` must leave a
 * clean checkout clean.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Generated } from './gen/generated.ts';

const folder = join(import.meta.dirname, 'gen');
const repository = join(import.meta.dirname, '..');

for (const module of (await readdir(folder)).filter((name) => name.endsWith('.ts')).toSorted()) {
  const { files = [] } = (await import(join(folder, module))) as { files?: readonly Generated[] };
  for (const file of files) {
    const path = join(repository, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.text);
    process.stdout.write(`${file.path}\n`);
  }
}
