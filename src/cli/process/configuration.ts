import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigSource } from '../../config/source.ts';
import { CliError } from '../cli-error.ts';
import type { RunLine } from '../command-line.ts';

/** Where a configuration came from that can be read only once. */
export const standardInput = 'standard input';

/** The configuration that the command line names; undefined: the embedded one. @throws CliError (2). */
export function namedSource({ file, inline }: RunLine): ConfigSource | undefined {
  const { env } = process;
  if (inline !== undefined) return { kind: 'inline', name: '--config', text: inline, env };
  if (file === undefined) return undefined;
  if (file !== '-') return { kind: 'file', path: file, env };
  try {
    return { kind: 'inline', name: standardInput, text: readFileSync(0, 'utf8'), env };
  } catch (error) {
    throw new CliError(2, `waygate: standard input cannot be read: ${(error as Error).message}`);
  }
}

/** The file to watch, absolute; undefined where the configuration cannot change. */
export function watchedFile(source: ConfigSource): string | undefined {
  return source.kind === 'file' ? resolve(source.path) : undefined;
}
