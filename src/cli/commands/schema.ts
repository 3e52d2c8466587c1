import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';

/** Prints the JSON Schema of configuration files; returns the exit code. */
export function printSchema(): number {
  process.stdout.write(readFileSync(join(packageRoot(), 'schema/config.json'), 'utf8'));
  return 0;
}
