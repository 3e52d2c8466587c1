import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { loadCedarLibrary } from '../expr/cedar/load/library.ts';
import type { Model } from '../model/model.ts';
import { readDocument } from './load/document.ts';
import { formatErrors } from './load/format.ts';
import { parseConfig } from './load/parse-config.ts';
import { fileProblem, newContext } from './translate/context.ts';
import { placeErrors } from './translate/place.ts';
import { translate } from './translate/translate.ts';
import { findUnsupported } from './translate/unsupported.ts';

/** Where a configuration comes from, and the environment that its variables are taken from. */
export type ConfigSource = (
  | { readonly kind: 'file'; readonly path: string }
  /** Relative file names in it start from `folder`, which is the working directory when absent. */
  | { readonly kind: 'inline'; readonly text: string; readonly name: string; readonly folder?: string }
) & { readonly env: Readonly<Record<string, string | undefined>> };

/** A model that can be served, or everything that is wrong with the configuration. */
export type LoadedModel =
  | {
      readonly ok: true;
      readonly model: Model;
      /** Absolute paths of all files that were read. */
      readonly files: readonly string[];
      /** The text says nothing at all, as a file does that is cut before it is written anew. */
      readonly blank: boolean;
      /** One text each, as `errors`. */
      readonly warnings: readonly string[];
    }
  | {
      readonly ok: false;
      /** `file:line:column: path: message` each, with the line under it. */
      readonly errors: string;
      readonly files: readonly string[];
    };

/** Reads, checks and translates a configuration. Never rejects: a file that cannot be read is an error like others. */
export async function loadModel(source: ConfigSource): Promise<LoadedModel> {
  const file = source.kind === 'file' ? resolve(source.path) : undefined;
  const own = file === undefined ? [] : [file];
  const name = source.kind === 'file' ? source.path : source.name;
  let text: string;
  if (source.kind === 'inline') text = source.text;
  else {
    try {
      text = await readLimited(source.path);
    } catch (error) {
      return { ok: false, errors: `${name}: cannot be read: ${fileProblem(error)}`, files: own };
    }
  }
  const folder = file === undefined ? resolve((source.kind === 'inline' && source.folder) || '.') : dirname(file);
  const parsed = parseConfig(text, { fileName: name, env: source.env });
  const { value } = readDocument(text, source.env);
  const unsupported = findUnsupported(value);
  if (!parsed.ok) {
    // Named at once with the other mistakes: mending those must not bring up new ones.
    const missing = unsupported.map(({ path, message }) => parsed.errorAt(path, message));
    const errors = [...parsed.errors, ...missing].toSorted((a, b) => a.line - b.line || a.column - b.column);
    return { ok: false, errors: formatErrors(errors), files: own };
  }

  const cedar = JSON.stringify(value ?? null).includes('"cedar":') ? await loadCedarLibrary() : null;
  const context = newContext(folder, source.env, cedar);
  context.errors.push(...unsupported);
  const model = translate(context, parsed.config);
  const files = [...own, ...context.files];
  if (context.errors.length > 0) {
    return { ok: false, errors: formatErrors(placeErrors(context.errors, parsed, text)), files };
  }
  const placed = [...parsed.warnings, ...placeErrors(context.warnings, parsed, text)];
  const warnings = placed.map((warning) => formatErrors([warning]));
  if (model.binds.length === 0) warnings.push(`${name}: nothing is served: there are no gateways, binds, llm or mcp`);
  return { ok: true, model, files, blank: parsed.blank, warnings };
}

/** Largest file that is read: parsing YAML takes seconds for each megabyte. */
const maxBytes = 16 * 1024 * 1024;

async function readLimited(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > maxBytes) throw new Error(`it has ${size} bytes, and a configuration may have ${maxBytes}`);
  return readFile(path, 'utf8');
}
