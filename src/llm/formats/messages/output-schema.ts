import type { JsonObject } from '../../pivot/format.ts';
import { isObject } from './members.ts';

type Schema = Record<string, unknown>;

/** Keywords that the API refuses and that a description can carry. */
const described: readonly string[] = (
  'minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum multipleOf maxItems uniqueItems contains ' +
  'minContains maxContains minProperties maxProperties if then else not patternProperties propertyNames ' +
  'dependentRequired dependentSchemas'
).split(' ');
const removed: ReadonlySet<string> = new Set([
  ...described,
  '$schema',
  '$id',
  '$defs',
  'definitions',
  '$comment',
  '$ref',
]);
const lookaround = /\(\?<?[=!]/;

/**
 * Adapts a JSON Schema to what `output_config.format` takes: objects closed, `oneOf` as `anyOf`, references inlined,
 * other limits told in the description. Null where that would change what the schema allows: recursion, references to
 * elsewhere, maps of free keys, and what grows without measure.
 */
export function adaptSchema(schema: JsonObject): JsonObject | null {
  try {
    return adapt(schema, { root: schema, open: [], budget: { left: mostSchemas } });
  } catch (error) {
    if (error instanceof Unadaptable) return null;
    throw error;
  }
}

class Unadaptable extends Error {}

/** Most schemas after inlining: references that double at each step would fill the memory. */
const mostSchemas = 10_000;

interface Place {
  readonly root: JsonObject;
  /** References that are being inlined; one that comes again is recursive. */
  readonly open: readonly string[];
  /** Shared by the whole schema. */
  readonly budget: { left: number };
}

function adapt(source: JsonObject, place: Place): Schema {
  place.budget.left -= 1;
  if (place.budget.left < 0) throw new Unadaptable();
  const reference = source['$ref'];
  if (typeof reference === 'string') return adaptReference(source, reference, place);
  const notes: string[] = [];
  const result: Schema = {};
  for (const key of Object.keys(source)) {
    const value = source[key];
    if (described.includes(key)) notes.push(`${key}: ${JSON.stringify(value)}`);
    else if (!removed.has(key)) adaptMember(key, value, result, notes, place);
  }
  if (result['type'] === 'object' || result['properties'] !== undefined) close(source, result);
  if (notes.length > 0)
    result['description'] = [source['description'], `(${notes.join(', ')})`].filter(isText).join(' ');
  return result;
}

function adaptMember(key: string, value: unknown, result: Schema, notes: string[], place: Place): void {
  switch (key) {
    case 'properties':
      result[key] = adaptProperties(value, place);
      return;
    case 'items':
      result[key] = isObject(value) ? adapt(value, place) : value;
      return;
    case 'oneOf':
      result['anyOf'] = adaptList(value, place);
      return;
    case 'anyOf':
    case 'allOf':
      result[key] = adaptList(value, place);
      return;
    case 'minItems':
      if (value === 0 || value === 1) result[key] = value;
      else notes.push(`${key}: ${JSON.stringify(value)}`);
      return;
    case 'pattern':
      if (typeof value === 'string' && !lookaround.test(value)) result[key] = value;
      else notes.push(`${key}: ${JSON.stringify(value)}`);
      return;
    default:
      result[key] = value;
  }
}

function adaptProperties(value: unknown, place: Place): Schema {
  const properties: Schema = {};
  if (!isObject(value)) return properties;
  for (const name of Object.keys(value)) {
    const property = value[name];
    Object.defineProperty(properties, name, {
      value: isObject(property) ? adapt(property, place) : property,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return properties;
}

function adaptList(value: unknown, place: Place): readonly unknown[] {
  if (!Array.isArray(value)) return [];
  return value.map((item: unknown) => (isObject(item) ? adapt(item, place) : item));
}

function close(source: JsonObject, result: Schema): void {
  const extra = source['additionalProperties'];
  const isMap = isObject(extra) || (extra !== false && source['properties'] === undefined);
  if (isMap) throw new Unadaptable();
  result['additionalProperties'] = false;
}

function adaptReference(source: JsonObject, reference: string, place: Place): Schema {
  if (place.open.includes(reference)) throw new Unadaptable();
  const { $ref: _, ...siblings } = source;
  const merged = { ...resolve(place.root, reference), ...siblings };
  return adapt(merged, { ...place, open: [...place.open, reference] });
}

function resolve(root: JsonObject, reference: string): JsonObject {
  if (reference !== '#' && !reference.startsWith('#/')) throw new Unadaptable();
  let at: unknown = root;
  for (const part of reference.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  if (!isObject(at)) throw new Unadaptable();
  return at;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
