import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { loadCedarLibrary, type CedarLibrary } from '../../expr/cedar/load/library.ts';
import { readDocument } from '../load/document.ts';
import { parseConfig } from '../load/parse-config.ts';
import { localConfig } from '../schema/config.ts';
import { nodeOf, type ObjectNode, type Schema } from '../schema/kit/node.ts';
import { isRecord } from '../schema/kit/object.ts';
import { visitObjects } from '../schema/kit/walk.ts';
import { newContext } from './context.ts';
import { translate } from './translate.ts';
import { acceptedFields, findUnsupported, unsupportedRows } from './unsupported.ts';

const testdata = resolve(import.meta.dirname, '../testdata');
const env = {};
/** Fields of which nothing, or one value that is as if the field were not there, is left to translate. */
const settled = new Set([
  ...unsupportedRows.filter((row) => row.when === undefined && (row.allowed ?? []).length < 2).map((row) => row.field),
  ...Object.keys(acceptedFields),
]);

/** The objects of the schema by name, without those that only refused fields lead to. */
function reachable(): ReadonlyMap<string, ObjectNode> {
  const found = new Map<string, ObjectNode>();
  const go = (schema: Schema<unknown>): void => {
    const node = nodeOf(schema);
    if (node.kind === 'union') node.branches.forEach(go);
    else if (node.kind === 'list') go(node.item);
    else if (node.kind === 'map') go(node.value);
    else if (node.kind === 'object' && !found.has(node.name)) {
      found.set(node.name, node);
      for (const [name, field] of Object.entries(node.fields)) {
        const id = `${node.name}.${name}`;
        if (!settled.has(id)) go(field.schema);
      }
    }
  };
  go(localConfig);
  return found;
}

/** `Definition.field` of everything that translating this file reads. */
function fieldsRead(file: string, cedar: CedarLibrary): ReadonlySet<string> {
  const text = readFileSync(file, 'utf8');
  const parsed = parseConfig(text, { fileName: file, env });
  assert.ok(parsed.ok);
  const definitions = new Map<string, string>();
  visitObjects(localConfig, readDocument(text, env).value, (node, _object, path) => {
    definitions.set(path.join('\0'), node.name);
  });
  const read = new Set<string>();
  const watch = <T>(value: T, path: readonly string[]): T => {
    if (!isRecord(value) && !Array.isArray(value)) return value;
    if (ArrayBuffer.isView(value)) return value;
    return new Proxy(value, {
      get(target, key) {
        const found: unknown = Reflect.get(target, key);
        if (typeof key !== 'string' || typeof found === 'function') return found;
        const definition = definitions.get(path.join('\0'));
        if (definition !== undefined) read.add(`${definition}.${key}`);
        return watch(found, [...path, key]);
      },
    }) as T;
  };
  translate(newContext(resolve(file, '..'), env, cedar), watch(parsed.config, []));
  return read;
}

test('every field of the schema is translated, refused, or accepted for a reason', async () => {
  const cedar = await loadCedarLibrary();
  const cases = ['models', 'errors'].flatMap((kind) =>
    readdirSync(join(testdata, kind)).map((name) => join(kind, name)),
  );
  const read = new Set(cases.flatMap((name) => [...fieldsRead(join(testdata, name, 'in.yaml'), cedar)]));
  const missing: string[] = [];
  for (const [name, node] of reachable()) {
    for (const field of Object.keys(node.fields)) {
      const id = `${name}.${field}`;
      if (!settled.has(id) && !read.has(id)) missing.push(id);
    }
  }
  assert.deepEqual(missing, []);
});

test('the tables name fields that exist, each once', () => {
  const known = new Set<string>();
  const go = (schema: Schema<unknown>, seen: Set<string>): void => {
    const node = nodeOf(schema);
    if (node.kind === 'union') for (const branch of node.branches) go(branch, seen);
    else if (node.kind === 'list') go(node.item, seen);
    else if (node.kind === 'map') go(node.value, seen);
    else if (node.kind === 'object' && !seen.has(node.name)) {
      seen.add(node.name);
      for (const [name, field] of Object.entries(node.fields)) {
        known.add(`${node.name}.${name}`);
        go(field.schema, seen);
      }
    }
  };
  go(localConfig, new Set());
  const named = [...unsupportedRows.map((row) => row.field), ...Object.keys(acceptedFields)];
  assert.deepEqual(
    named.filter((field) => !known.has(field)),
    [],
  );
  const refused = unsupportedRows.map((row) => row.field);
  assert.deepEqual(
    refused.filter((field, index) => refused.indexOf(field) !== index),
    [],
  );
});

test('what stands inside something refused is not refused again', () => {
  const uses = findUnsupported({
    routes: [{ policies: { mcpGuardrails: { processors: [{ service: {}, kind: 'remote' }] } } }],
  });
  assert.deepEqual(
    uses.map((use) => use.message),
    ['not supported yet: routes[0].policies.mcpGuardrails'],
  );
});
