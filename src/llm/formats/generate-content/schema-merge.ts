import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';

/** One schema that says what all say: properties and what is required together, of anything else the last word. */
export function mergeSchemas(schemas: readonly JsonObject[]): JsonObject {
  const merged: Record<string, unknown> = {};
  for (const schema of schemas) {
    for (const [name, value] of Object.entries(schema)) {
      if (value === undefined) continue;
      const before = merged[name];
      if (name === 'properties' && isJsonRecord(before) && isJsonRecord(value)) merged[name] = { ...before, ...value };
      else if (name === 'required' && Array.isArray(before) && Array.isArray(value)) {
        merged[name] = [...new Set<unknown>([...before, ...value])];
      } else merged[name] = value;
    }
  }
  return merged;
}

/** What a reference within the schema (RFC 6901) points to; null for one that points elsewhere or to nothing. */
export function resolveReference(root: JsonObject, reference: string): JsonObject | null {
  if (reference !== '#' && !reference.startsWith('#/')) return null;
  let at: unknown = root;
  for (const part of reference.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    at = isJsonRecord(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return isJsonRecord(at) ? at : null;
}
