import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { camelCase, type Written } from './members.ts';

/** Limits that Google's JSON writes as text, being int64. */
const counts: ReadonlySet<string> = new Set([
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
]);
/** What only Google's `Schema` has. */
const foreign: ReadonlySet<string> = new Set(['propertyOrdering', 'nullable', 'example', 'ref', 'defs']);

/**
 * A JSON Schema that allows what Google's `Schema` allows: types in lower case, `nullable` as the type null, limits as
 * numbers. JSON Schema, which clients send there too, stays what it is.
 */
export function readSchema(schema: JsonObject): Written {
  const result: Written = {};
  for (const [key, value] of Object.entries(schema)) {
    const name = key.startsWith('$') ? key : camelCase(key);
    if (value !== null && !foreign.has(name)) result[name] = readMember(name, value);
  }
  const { ref, defs, example } = schema;
  if (typeof ref === 'string') result['$ref'] = ref.replace(/^#\/defs\//, '#/$defs/');
  if (isJsonRecord(defs)) result['$defs'] = readAll(defs);
  if (example !== undefined && example !== null) result['examples'] = [example];
  if (result['format'] === 'enum') delete result['format'];
  const isNumber = result['type'] === 'integer' || result['type'] === 'number';
  if (isNumber && Array.isArray(result['enum'])) result['enum'] = result['enum'].map(readNumber);
  if (result['type'] === 'type_unspecified') delete result['type'];
  return schema['nullable'] === true ? nullable(result) : result;
}

function readMember(name: string, value: unknown): unknown {
  switch (name) {
    case 'type':
      return typeof value === 'string' ? value.toLowerCase() : value;
    case 'properties':
    case '$defs':
      return readAll(value);
    case 'items':
    case 'additionalProperties':
      return isJsonRecord(value) ? readSchema(value) : value;
    case 'anyOf':
    case 'oneOf':
    case 'allOf':
    case 'prefixItems':
      return Array.isArray(value)
        ? value.map((item: unknown) => (isJsonRecord(item) ? readSchema(item) : item))
        : value;
    default:
      return counts.has(name) && typeof value === 'string' ? Number(value) : value;
  }
}

/** A value of an enum, which Google's `Schema` writes as text whatever its type. */
function readNumber(value: unknown): unknown {
  return typeof value === 'string' ? Number(value) : value;
}

function readAll(value: unknown): unknown {
  if (!isJsonRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, schema]) => [name, isJsonRecord(schema) ? readSchema(schema) : schema]),
  );
}

function nullable(schema: Written): Written {
  const { type, anyOf } = schema;
  if (Array.isArray(anyOf)) return { ...schema, anyOf: [...anyOf, { type: 'null' }] };
  if (typeof type !== 'string') return schema;
  const values = schema['enum'];
  return {
    ...schema,
    type: [type, 'null'],
    ...(Array.isArray(values) && !values.includes(null) ? { enum: [...values, null] } : {}),
  };
}
