import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CedarLibrary } from '../../../expr/cedar/load/library.ts';
import { entitiesProblem } from '../../../expr/cedar/load/check-entities.ts';
import { checkPolicies } from '../../../expr/cedar/load/check-policies.ts';
import { parsePolicies, type ParsedPolicy } from '../../../expr/cedar/load/parse-policies.ts';
import type { CedarProblem } from '../../../expr/cedar/load/problem.ts';
import { loadSchema, type LoadedSchema } from '../../../expr/cedar/load/schema.ts';
import type { CedarSpec } from '../../../model/policies/authorization.ts';
import type { EntityJson, NamedPolicy } from '../../../model/policies/cedar-json.ts';
import type { Cedar, CedarEntities, CedarText } from '../../schema/authorization.ts';
import { fileProblem, filePathOf, readText, report, reportInside, warn, type Context, type Path } from '../context.ts';

/** A text of Cedar and where it stands. */
interface Source {
  readonly text: string;
  readonly path: Path;
  /** Null: in the configuration itself. */
  readonly file: string | null;
}

/** `authorization.cedar`: parsed, and checked against the schema. */
export function cedar(context: Context, path: Path, config: Cedar): CedarSpec | undefined {
  const { policies, schema, entities, groupClaims, roleClaims } = config;
  const { cedar: library } = context;
  if (library === null) throw new Error('Cedar is not loaded');
  const loaded = readSchema(context, library, [...path, 'schema'], schema);
  if (loaded === undefined) return undefined;
  return {
    policies: readPolicies(context, library, [...path, 'policies'], policies, loaded),
    entities: [...loaded.actions, ...readEntities(context, library, [...path, 'entities'], entities ?? [], loaded)],
    groupClaims: groupClaims.map((claim) => claimPath(claim)),
    roleClaims: roleClaims.map((claim) => claimPath(claim)),
  };
}

/** `realm_access.roles` leads into a claim; a claim that is a URL is one name. */
function claimPath(claim: string): readonly string[] {
  return claim.includes('/') ? [claim] : claim.split('.');
}

function readSchema(
  context: Context,
  library: CedarLibrary,
  path: Path,
  config: CedarText | undefined,
): LoadedSchema | undefined {
  const sources = config === undefined ? [] : readSources(context, path, config, '.cedarschema');
  const texts = sources.map(({ text }) => text);
  const loaded = loadSchema(library, texts.join('\n'));
  if (!('problems' in loaded)) return loaded;
  for (const problem of loaded.problems) {
    let { offset } = problem;
    // Problems are of the texts one after another.
    const source = sources.find(({ text }) => {
      if (offset <= text.length) return true;
      offset -= text.length + 1;
      return false;
    });
    if (source === undefined) report(context, path, problem.message);
    else reportAt(context, source, { ...problem, offset });
  }
  return undefined;
}

function readPolicies(
  context: Context,
  library: CedarLibrary,
  path: Path,
  config: CedarText,
  schema: LoadedSchema,
): readonly NamedPolicy[] {
  const named: NamedPolicy[] = [];
  const ids = new Set<string>();
  for (const source of readSources(context, path, config, '.cedar')) {
    const parsed = parsePolicies(library, source.text);
    if ('problems' in parsed) {
      for (const problem of parsed.problems) reportAt(context, source, problem);
      continue;
    }
    const { errors, warnings } = checkPolicies(library, parsed.policies, schema);
    for (const problem of errors) reportAt(context, source, problem);
    for (const { message, offset } of warnings) warn(context, path, `${place(source, offset)}: ${message}`);
    for (const policy of parsed.policies) {
      const id = policy.id ?? place(source, policy.offset, true);
      if (ids.has(id))
        reportAt(context, source, { message: `another policy has the @id ${id}`, offset: policy.offset });
      ids.add(id);
      named.push({ id, json: withoutAnnotations(policy) });
    }
  }
  if (named.length === 0) warn(context, path, 'there are no policies: nothing is allowed');
  return named;
}

function withoutAnnotations({ json }: ParsedPolicy): NamedPolicy['json'] {
  const { annotations: _, ...rest } = json;
  return rest;
}

function readEntities(
  context: Context,
  library: CedarLibrary,
  path: Path,
  config: CedarEntities,
  schema: LoadedSchema,
): readonly EntityJson[] {
  const file = 'file' in config ? config.file : undefined;
  const at: Path = file === undefined ? path : [...path, 'file'];
  const value: unknown = file === undefined ? config : parseJson(context, at, file);
  if (value === undefined) return [];
  const problem = Array.isArray(value)
    ? entitiesProblem(library, value as readonly EntityJson[], schema)
    : 'entities are a list of objects with uid, attrs and parents';
  if (problem !== undefined) report(context, at, problem);
  return problem === undefined ? (value as readonly EntityJson[]) : [];
}

function parseJson(context: Context, path: Path, file: string): unknown {
  const text = readText(context, path, file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    report(context, path, `${file} is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** The text itself, that of a file, or those of the files in a folder whose names end so. */
function readSources(context: Context, path: Path, config: CedarText, ending: string): readonly Source[] {
  if (typeof config === 'string') return [{ text: config, path, file: null }];
  const at: Path = [...path, 'file'];
  const folder = filePathOf(context, config.file);
  const names = isFolder(folder) ? filesIn(context, at, folder, ending) : null;
  if (names === null) {
    const text = readText(context, at, config.file);
    return text === undefined ? [] : [{ text, path: at, file: config.file }];
  }
  return names.flatMap((name) => {
    const file = join(config.file, name);
    const text = readText(context, at, file);
    return text === undefined ? [] : [{ text, path: at, file }];
  });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function filesIn(context: Context, path: Path, folder: string, ending: string): readonly string[] {
  context.files.add(folder);
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .toSorted();
  } catch (error) {
    report(context, path, `cannot read ${folder}: ${fileProblem(error)}`);
    return [];
  }
}

function reportAt(context: Context, source: Source, { message, offset }: CedarProblem): void {
  if (source.file === null) reportInside(context, source.path, message, source.text, offset);
  else report(context, source.path, `${place(source, offset)}: ${message}`);
}

/** `rules.cedar:3:7`; a policy is named by its file and line. */
function place({ text, file }: Source, offset: number, lineOnly = false): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return `${file ?? 'line '}${file === null ? '' : ':'}${line}${lineOnly ? '' : `:${column}`}`;
}
