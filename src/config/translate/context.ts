import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { noCustomFunctions, type CustomFunctions } from '../../expr/cel/custom-functions.ts';
import type { CedarLibrary } from '../../expr/cedar/load/library.ts';
import type { Backend } from '../../model/backend.ts';
import type { ServiceBackend } from '../../model/service.ts';
import type { ServiceRef } from '../schema/common.ts';
import { nearest } from '../schema/kit/nearest.ts';

/** Where something stands in the file: names and list positions from the root. */
export type Path = readonly (string | number)[];

/** Something wrong that the schema alone cannot see. */
export interface TranslateError {
  readonly path: Path;
  readonly message: string;
  /** Characters into the text at `path`, for errors inside an expression. */
  readonly offset?: number;
  /** The text that `offset` counts in. */
  readonly source?: string;
}

/** A place that names a backend of the `backends` list. */
export interface BackendUse {
  readonly path: Path;
  readonly name: string;
  /** The only kind that can stand there; absent: any. */
  readonly mustBe?: 'host';
}

/** What the translators of all sections share: they report here, and read files and the environment through it. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly errors: TranslateError[];
  readonly warnings: TranslateError[];
  /** Absolute paths of all files read, to be watched. */
  readonly files: Set<string>;
  /** Every place that names a backend, checked when all backends are known. */
  readonly backendUses: BackendUse[];
  /** What is still to be filled in from the `backends` list, or checked there, when all backends are known. */
  readonly whenNamed: ((named: ReadonlyMap<string, Backend>) => void)[];
  /** Finds one port of a service of the `services` list; undefined, and reported, where there is none. */
  serviceAt: (path: Path, reference: ServiceRef, name: string) => ServiceBackend | undefined;
  /** The values of the file; undefined before they are translated. */
  root: unknown;
  /** Folder that relative file names start from. */
  readonly folder: string;
  /** Cedar itself; null where the file does not speak of it. */
  readonly cedar: CedarLibrary | null;
  /** What expressions may call besides the built-in functions, set before any is checked; null: the definitions are wrong. */
  customFunctions: CustomFunctions | null;
}

/** A context with nothing reported yet. */
export function newContext(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  cedar: CedarLibrary | null = null,
): Context {
  return {
    env,
    errors: [],
    warnings: [],
    files: new Set(),
    backendUses: [],
    whenNamed: [],
    serviceAt: () => undefined,
    root: undefined,
    folder,
    cedar,
    customFunctions: noCustomFunctions,
  };
}

/** Notes a reference to a backend, to be checked when all are known; gives the name, which agentgateway also writes as `/name`. */
export function useBackend(context: Context, path: Path, reference: string, mustBe?: 'host'): string {
  const name = reference.startsWith('/') ? reference.slice(1) : reference;
  context.backendUses.push({ path, name, ...(mustBe === undefined ? {} : { mustBe }) });
  return name;
}

/** Reports an error; the translation goes on, so that all errors of a file come at once. */
export function report(context: Context, path: Path, message: string): void {
  context.errors.push({ path, message });
}

/** {@link report} for one character of the text at `path`, counted from 0. */
export function reportInside(context: Context, path: Path, message: string, source: string, offset: number): void {
  context.errors.push({ path, message, source, offset });
}

/** Reports something that works, but probably not as meant. */
export function warn(context: Context, path: Path, message: string): void {
  context.warnings.push({ path, message });
}

/** Reports a name that nothing has, with the nearest that something has. */
export function reportUnknown(context: Context, path: Path, what: string, name: string, known: Iterable<string>): void {
  const candidates = [...new Set(known)];
  const near = nearest(name, candidates);
  let hint = '';
  if (near !== undefined) hint = `; did you mean ${near}?`;
  else if (candidates.length === 0) hint = '; there are none';
  else if (candidates.length <= 8) hint = `; there are ${candidates.join(', ')}`;
  report(context, path, `unknown ${what} ${JSON.stringify(name)}${hint}`);
}

/**
 * Text of a file named at `path` of the configuration, which is watched from then on; undefined (and reported) when
 * unreadable. A relative name starts from the folder of the configuration, or else, as in agentgateway, from the
 * working directory.
 */
export function readText(context: Context, path: Path, name: string): string | undefined {
  const file = filePathOf(context, name);
  context.files.add(file);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    report(context, path, `cannot read ${file}: ${fileProblem(error)}`);
    return undefined;
  }
}

/** The absolute path of a file or folder that the configuration names. */
export function filePathOf(context: Context, name: string): string {
  const near = resolve(context.folder, name);
  const far = resolve(name);
  return !existsSync(near) && existsSync(far) ? far : near;
}

const fileErrors: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
};

/** Why a file could not be read, without the system's way to say it. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return fileErrors[code] ?? (error instanceof Error ? error.message : String(error));
}

/** `a.b[0].c`, as errors name places. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w$-]+$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}
