import { z } from 'zod';
import type { Schema } from '../schema/kit/node.ts';
import { localConfig, type LocalConfig } from '../schema/config.ts';
import { problemsOf, type Problem } from '../schema/kit/issue.ts';
import { isSecretAt, type ConfigPath } from '../schema/kit/walk.ts';
import { readDocument, type ReadDocument } from './document.ts';
import type { Environment } from './expand.ts';
import { excerptOf, type Excerpt } from './excerpt.ts';
import { explain } from './explain.ts';
import { lint } from './lint.ts';
import { pathText, type Position, type PositionIndex, type Positions } from './positions.ts';

/** Where and how a configuration is read. */
export interface ParseOptions {
  /** What messages call the file. */
  readonly fileName: string;
  /** Where `$NAME` comes from; `HOME` is the folder that a leading `~/` stands for. */
  readonly env: Environment;
}

/** A remark about one place of a configuration. */
export interface ConfigWarning {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
  /** `routes[0].backends[1].host`; `(file)` for the whole. */
  readonly path: string;
  readonly message: string;
  /** The line of the file, secrets hidden, and what of it is meant. */
  readonly excerpt: Excerpt;
}

/** Something that keeps a configuration from being used. */
export interface ConfigError extends ConfigWarning {
  readonly expected?: string;
  /** What was found; for secrets its type only. */
  readonly found?: string;
  /** The valid name that was probably meant. */
  readonly suggestion?: string;
}

/** A configuration with its defaults, or everything that is wrong with it. */
export type ParsedConfig =
  | {
      readonly ok: true;
      readonly config: LocalConfig;
      readonly warnings: readonly ConfigWarning[];
      /** There is nothing but space and comments in it. */
      readonly blank: boolean;
      readonly positions: PositionIndex;
      readonly errorAt: ErrorAt;
    }
  | { readonly ok: false; readonly errors: readonly ConfigError[]; readonly errorAt: ErrorAt };

/** Makes an error at a path of the file, for checks besides the schema's. */
export type ErrorAt = (path: ConfigPath, message: string) => ConfigError;

/** Reads and checks a configuration text, YAML or JSON; never throws. All errors come at once, in the order of the file. */
export function parseConfig(text: string, options: ParseOptions): ParsedConfig {
  const document = readDocument(text, options.env);
  const place = placer(text, document.positions, options.fileName, localConfig);
  const faults = document.faults.map((fault) =>
    place.at(fault.path, fault.position, { message: fault.message }, fault.fatal ? 'text' : 'value'),
  );
  const errorAt: ErrorAt = (path, message) => place.at(path, document.positions.value(path), { message }, 'value');
  if (document.faults.some((fault) => fault.fatal)) return { ok: false, errors: sorted(faults), errorAt };
  const value = document.value ?? {};
  const result = localConfig.safeParse(value);
  if (!result.success || faults.length > 0) {
    // A value that could not be read is null here: what the schema says about that would only repeat the fault.
    const problems = problemsOf(result.error ?? new z.ZodError([])).filter(
      ({ path }) => !document.faults.some((fault) => inside(fault.path, path) || inside(path, fault.path)),
    );
    const errors = sorted([...faults, ...problems.map((located) => errorOf(located, document, place))]);
    return { ok: false, errors, errorAt };
  }
  const warnings = lint(localConfig, value).map((remark) =>
    place.at(remark.path, document.positions.key(remark.path), { message: remark.message }, 'value'),
  );
  return {
    ok: true,
    config: result.data,
    warnings: sorted(warnings),
    blank: document.value === null,
    positions: document.positions,
    errorAt,
  };
}

/** A value that is nothing but a variable: its text tells no secret. */
const onlyReference = /^["']?\$\{?[A-Za-z_]\w*\}?["']?$/;

type About = 'text' | 'unknown' | 'value';

interface Placer {
  readonly schema: Schema<unknown>;
  at(
    path: ConfigPath,
    position: Position,
    what: Omit<ConfigError, keyof ConfigWarning> & { message: string },
    about: About,
  ): ConfigError;
}

function placer(text: string, positions: Positions, file: string, schema: Schema<unknown>): Placer {
  let secrets: readonly (readonly [number, number])[] | undefined;
  const hidden = (path: ConfigPath, about: About): readonly (readonly [number, number])[] | undefined => {
    if (about === 'text') return undefined;
    secrets ??= positions.ranges(
      (candidate, start, end) => isSecretAt(schema, candidate) && !onlyReference.test(text.slice(start, end)),
    );
    if (about === 'value') return secrets;
    const { offset, length } = positions.value(path);
    return [...secrets, [offset, offset + length]];
  };
  return {
    schema,
    at: (path, position, what, about) => ({
      file,
      line: position.line,
      column: position.column,
      path: pathText(path),
      ...what,
      excerpt: excerptOf(text, position, hidden(path, about)),
    }),
  };
}

function errorOf(
  { path, problem }: { readonly path: ConfigPath; readonly problem: Problem },
  document: ReadDocument,
  place: Placer,
): ConfigError {
  const { positions } = document;
  const aboutKey = problem.problem === 'unknownKey' || problem.problem === 'oneOf';
  const target = problem.problem === 'missing' ? path.slice(0, -1) : path;
  const what = explain(problem, {
    value: valueAt(document.value, path),
    key: path.at(-1),
    secret: isSecretAt(place.schema, path),
    from: positions.expandedFrom(path),
  });
  const position = aboutKey || problem.problem === 'missing' ? positions.key(target) : positions.value(target);
  return place.at(target, position, what, problem.problem === 'unknownKey' ? 'unknown' : 'value');
}

function inside(candidate: ConfigPath, path: ConfigPath): boolean {
  return path.length > 0 && path.every((part, index) => part === candidate[index]);
}

function valueAt(value: unknown, path: ConfigPath): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = (current as Readonly<Record<string | number, unknown>>)[part];
  }
  return current;
}

function sorted<T extends ConfigWarning>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
