import type { z } from 'zod';
import { nodeOf, type FieldNode, type ObjectNode, type Schema } from './node.ts';
import { isRecord } from './object.ts';
import { formOf } from './union.ts';

/** Where a value stands in a configuration: `['routes', 0, 'name']`. */
export type ConfigPath = readonly (string | number)[];

/** Whether the value at `path` is one that errors, dumps and logs must not show, in any of its forms. */
export function isSecretAt(root: z.ZodType, path: ConfigPath): boolean {
  let level: readonly z.ZodType[] = [root];
  for (const part of path) level = level.flatMap((schema) => childrenAt(schema, part));
  return level.some(isSecret);
}

/** The schemas of what may stand under `part` of a value of this schema; none when nothing may. */
function childrenAt(schema: z.ZodType, part: string | number): readonly z.ZodType[] {
  const node = nodeOf(schema);
  switch (node.kind) {
    case 'object': {
      const field = fieldOf(node, String(part));
      return field === undefined ? [] : [field.schema];
    }
    case 'list':
      return [node.item];
    case 'map':
      return [node.value];
    case 'union':
      return node.branches.flatMap((branch) => childrenAt(branch, part));
    default:
      return [];
  }
}

function isSecret(schema: z.ZodType): boolean {
  const node = nodeOf(schema);
  if (node.kind === 'union') return node.branches.some(isSecret);
  return (node.kind === 'scalar' || node.kind === 'any') && node.secret === true;
}

/** The field that `key`, its name or an alias, stands for. */
export function fieldOf(node: ObjectNode, key: string): FieldNode | undefined {
  const name = Object.hasOwn(node.aliases, key) ? (node.aliases[key] ?? key) : key;
  return Object.hasOwn(node.fields, name) ? node.fields[name] : undefined;
}

/** Calls `visit` for every object of a value, outermost first, with its schema's node. */
export function visitObjects(
  schema: Schema<unknown>,
  value: unknown,
  visit: (node: ObjectNode, value: Readonly<Record<string, unknown>>, path: ConfigPath) => void,
  path: ConfigPath = [],
): void {
  const node = nodeOf(schema);
  if (node.kind === 'union') {
    const form = formOf(node, value);
    if (form !== undefined) visitObjects(form, value, visit, path);
  } else if (node.kind === 'list' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) visitObjects(node.item, item, visit, [...path, index]);
  } else if (node.kind === 'map' && isRecord(value)) {
    for (const [key, part] of Object.entries(value)) visitObjects(node.value, part, visit, [...path, key]);
  } else if (node.kind === 'object' && isRecord(value)) {
    visit(node, value, path);
    for (const [key, part] of Object.entries(value)) {
      const field = fieldOf(node, key);
      if (field !== undefined) visitObjects(field.schema, part, visit, [...path, key]);
    }
  }
}
