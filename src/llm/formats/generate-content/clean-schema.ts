import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { mergeSchemas, resolveReference } from './schema-merge.ts';
import type { Written } from './members.ts';

/** Keywords that both know, with the same values. */
const kept: readonly string[] = [
  'title',
  'description',
  'pattern',
  'minimum',
  'maximum',
  'nullable',
  'propertyOrdering',
];
/** Limits that the API reads as int64, so as text. */
const counts: readonly string[] = ['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'];
const formats: Readonly<Record<string, readonly string[]>> = {
  STRING: ['enum', 'date-time'],
  INTEGER: ['int32', 'int64'],
  NUMBER: ['float', 'double'],
};
/** What a schema stands for that allows anything. */
const anything: readonly Written[] = [{ type: 'STRING' }, { type: 'NUMBER' }, { type: 'BOOLEAN' }];
/** Most schemas after inlining: references that double at each step would fill the memory. */
const mostSchemas = 10_000;

interface Place {
  readonly root: JsonObject;
  /** References that are being inlined; one that comes again is recursive and ends as any object. */
  readonly open: readonly string[];
  /** Shared by the whole schema. */
  readonly budget: { left: number };
}

/**
 * A JSON Schema in the subset of OpenAPI's that Google's `Schema` has: references inlined, `allOf` flattened, null as
 * `nullable`, other choices as `anyOf`, enums of strings only. What it cannot say is left out; nothing given is changed.
 */
export function cleanSchema(schema: JsonObject): Written {
  return clean(schema, { root: schema, open: [], budget: { left: mostSchemas } });
}

function clean(source: unknown, place: Place): Written {
  place.budget.left -= 1;
  if (!isJsonRecord(source)) return { anyOf: anything };
  if (place.budget.left < 0) return { type: 'OBJECT' };
  const reference = source['$ref'];
  if (typeof reference === 'string') return cleanReference(source, reference, place);
  if (Array.isArray(source['allOf'])) return cleanAll(source, place);
  const options = source['anyOf'] ?? source['oneOf'];
  if (Array.isArray(options)) return cleanChoice(source, options, place);
  if (Array.isArray(source['type'])) return cleanTypes(source, source['type'], place);
  return cleanPlain(source, place);
}

function cleanReference(source: JsonObject, reference: string, place: Place): Written {
  const target = place.open.includes(reference) ? null : resolveReference(place.root, reference);
  const { $ref: _, ...siblings } = source;
  if (target === null) return { type: 'OBJECT', ...describe(source) };
  return clean({ ...target, ...siblings }, { ...place, open: [...place.open, reference] });
}

/** All that `allOf` says, at any depth, is one schema. */
function cleanAll(source: JsonObject, place: Place): Written {
  const parts: JsonObject[] = [];
  const open = [...place.open];
  const flatten = (part: JsonObject): void => {
    place.budget.left -= 1;
    if (place.budget.left < 0) return;
    const { allOf, $ref: reference, ...rest } = part;
    if (typeof reference === 'string' && !open.includes(reference)) {
      open.push(reference);
      flatten(resolveReference(place.root, reference) ?? {});
    }
    if (Array.isArray(allOf)) for (const inner of allOf) if (isJsonRecord(inner)) flatten(inner);
    parts.push(rest);
  };
  flatten(source);
  return clean(mergeSchemas(parts), { ...place, open });
}

/** One choice besides null is that choice; of several, `anyOf` must stand alone, so each says what they share. */
function cleanChoice(source: JsonObject, options: readonly unknown[], place: Place): Written {
  const { anyOf: _, oneOf: __, ...siblings } = source;
  const possible = options.filter((option) => !isNull(option));
  const nullable = possible.length < options.length ? { nullable: true } : {};
  const [only] = possible;
  if (possible.length <= 1) {
    const merged = mergeSchemas([isJsonRecord(only) ? only : {}, siblings, nullable]);
    return clean(merged, place);
  }
  const { description } = source;
  const shared = typeof description === 'string' ? { description } : {};
  return { anyOf: possible.map((option) => ({ ...shared, ...clean(option, place), ...nullable })) };
}

function cleanTypes(source: JsonObject, types: readonly unknown[], place: Place): Written {
  const possible = types.filter((type) => type !== 'null');
  const nullable = possible.length < types.length ? { nullable: true } : {};
  if (possible.length <= 1) return clean({ ...source, ...nullable, type: possible[0] ?? 'null' }, place);
  return { anyOf: possible.map((type) => clean({ ...source, ...nullable, type }, place)) };
}

function cleanPlain(source: JsonObject, place: Place): Written {
  const type = typeOf(source);
  if (type === null) return { anyOf: anything.map((option) => ({ ...option, ...describe(source) })) };
  const result: Written = { type };
  for (const name of kept) if (source[name] !== undefined) result[name] = source[name];
  for (const name of counts) if (typeof source[name] === 'number') result[name] = String(source[name]);
  cleanEnum(source, type, result);
  const { format } = source;
  if (typeof format === 'string' && formats[type]?.includes(format) === true) result['format'] = format;
  cleanBounds(source, type, result);
  if (type === 'ARRAY') result['items'] = cleanItems(source, place);
  if (type === 'OBJECT') cleanProperties(source, result, place);
  return result;
}

function cleanEnum(source: JsonObject, type: string, result: Written): void {
  const values = source['const'] === undefined ? source['enum'] : [source['const']];
  if (!Array.isArray(values)) return;
  if (values.includes(null)) result['nullable'] = true;
  const texts = values.filter((value) => typeof value === 'string');
  if (type === 'STRING' && texts.length > 0) result['enum'] = texts;
  else if (type !== 'STRING') note(result, `one of ${JSON.stringify(values)}`);
}

function cleanBounds(source: JsonObject, type: string, result: Written): void {
  const { exclusiveMinimum: above, exclusiveMaximum: below } = source;
  const step = type === 'INTEGER' ? 1 : 0;
  if (typeof above === 'number') result['minimum'] = above + step;
  if (typeof below === 'number') result['maximum'] = below - step;
}

function cleanItems({ items, prefixItems }: JsonObject, place: Place): Written {
  const listed = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : null;
  if (listed === null) return items === undefined ? { type: 'STRING' } : clean(items, place);
  return listed.length === 1 ? clean(listed[0], place) : { anyOf: listed.map((item) => clean(item, place)) };
}

function cleanProperties(source: JsonObject, result: Written, place: Place): void {
  const { properties, required } = source;
  if (!isJsonRecord(properties) || Object.keys(properties).length === 0) return;
  // Entries, not assignments: a property may be called `__proto__`.
  result['properties'] = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, clean(property, place)]),
  );
  if (!Array.isArray(required)) return;
  const known = required.filter((name) => typeof name === 'string' && Object.hasOwn(properties, name));
  if (known.length > 0) result['required'] = known;
}

function typeOf(source: JsonObject): string | null {
  const { type } = source;
  if (typeof type === 'string') return type.toUpperCase();
  if (source['properties'] !== undefined || source['additionalProperties'] !== undefined) return 'OBJECT';
  if (source['items'] !== undefined || source['prefixItems'] !== undefined) return 'ARRAY';
  const values: readonly unknown[] = Array.isArray(source['enum']) ? source['enum'] : [source['const']];
  const [first] = values.filter((value) => value !== null);
  if (typeof first === 'string') return 'STRING';
  if (typeof first === 'number') return Number.isInteger(first) ? 'INTEGER' : 'NUMBER';
  return typeof first === 'boolean' ? 'BOOLEAN' : null;
}

function describe({ description }: JsonObject): Written {
  return typeof description === 'string' ? { description } : {};
}

function note(result: Written, text: string): void {
  const { description } = result;
  result['description'] = typeof description === 'string' ? `${description} (${text})` : text;
}

function isNull(option: unknown): boolean {
  return isJsonRecord(option) && (option['type'] === 'null' || option['const'] === null);
}
