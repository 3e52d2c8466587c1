import { isJsonRecord, type JsonRecord } from '../json/parse.ts';

/** Recursion through `$ref` ends here. */
const MAX_DEPTH = 24;

const formats: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  time: '12:00:00Z',
  'date-time': '2026-01-31T12:00:00Z',
  duration: 'P1D',
  email: 'demo@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/**
 * The smallest sensible value that a JSON Schema allows, the same every time. Strings and numbers are taken from `text`
 * where it holds some that fit. Objects get their required members, or all when none is required. `pattern` and
 * conditional keywords are not solved.
 */
export function valueForSchema(schema: JsonRecord, text: string): unknown {
  return build(schema, { root: schema, text }, 0);
}

interface Context {
  readonly root: JsonRecord;
  readonly text: string;
}

function build(schema: unknown, context: Context, depth: number): unknown {
  if (!isJsonRecord(schema) || depth > MAX_DEPTH) return null;
  const resolved = resolve(schema, context.root, 0);
  if ('const' in resolved) return resolved['const'];
  if (Array.isArray(resolved['enum'])) return chooseEnum(resolved['enum'], resolved['default'], context.text);
  switch (typeOf(resolved)) {
    case 'object':
      return buildObject(resolved, context, depth);
    case 'array':
      return buildArray(resolved, context, depth);
    case 'integer':
    case 'number':
      return buildNumber(resolved, context.text);
    case 'boolean':
      return resolved['default'] ?? true;
    case 'null':
      return null;
    default:
      return buildString(resolved, context.text);
  }
}

/** Follows `$ref`, takes the first alternative that is not null, and merges `allOf`. */
function resolve(schema: JsonRecord, root: JsonRecord, depth: number): JsonRecord {
  if (depth > MAX_DEPTH) return {};
  const { $ref, anyOf, oneOf, allOf, ...own } = schema;
  const parts: unknown[] = [];
  if (typeof $ref === 'string') parts.push(pointer(root, $ref));
  for (const alternatives of [anyOf, oneOf]) {
    if (Array.isArray(alternatives)) parts.push(alternatives.find((a) => !isNullSchema(a)) ?? alternatives[0]);
  }
  if (Array.isArray(allOf)) parts.push(...allOf);
  let merged = own;
  for (const part of parts) if (isJsonRecord(part)) merged = merge(merged, resolve(part, root, depth + 1));
  return merged;
}

function merge(a: JsonRecord, b: JsonRecord): JsonRecord {
  const properties = { ...asRecord(b['properties']), ...asRecord(a['properties']) };
  const required = [...asArray(a['required']), ...asArray(b['required'])];
  return {
    ...b,
    ...a,
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
  };
}

function pointer(root: JsonRecord, ref: string): unknown {
  if (!ref.startsWith('#')) return undefined;
  let at: unknown = root;
  for (const step of ref.slice(1).split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    at = isJsonRecord(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return at;
}

function isNullSchema(schema: unknown): boolean {
  return isJsonRecord(schema) && schema['type'] === 'null';
}

function typeOf(schema: JsonRecord): unknown {
  const { type } = schema;
  if (Array.isArray(type)) return type.find((t) => t !== 'null') ?? 'null';
  if (type !== undefined) return type;
  if ('properties' in schema || 'required' in schema) return 'object';
  return 'items' in schema || 'prefixItems' in schema ? 'array' : 'string';
}

function buildObject(schema: JsonRecord, context: Context, depth: number): JsonRecord {
  const properties = asRecord(schema['properties']);
  const required = asArray(schema['required']).filter((name) => typeof name === 'string');
  const names = required.length > 0 ? required : Object.keys(properties);
  return Object.fromEntries(names.map((name) => [name, build(properties[name] ?? {}, context, depth + 1)]));
}

function buildArray(schema: JsonRecord, context: Context, depth: number): unknown[] {
  const fixed = asArray(schema['prefixItems']).map((item) => build(item, context, depth + 1));
  const least = Math.min(number(schema['minItems']) ?? 0, 100);
  while (fixed.length < least) fixed.push(build(schema['items'] ?? {}, context, depth + 1));
  return fixed;
}

function buildNumber(schema: JsonRecord, text: string): number {
  const whole = typeOf(schema) === 'integer';
  const step = number(schema['multipleOf']) ?? (whole ? 1 : 0);
  const low = number(schema['minimum']) ?? -Infinity;
  const high = number(schema['maximum']) ?? Infinity;
  const above = number(schema['exclusiveMinimum']) ?? -Infinity;
  const below = number(schema['exclusiveMaximum']) ?? Infinity;
  const fits = (n: number): boolean =>
    n >= low && n <= high && n > above && n < below && (step === 0 || Number.isInteger(n / step));
  const least = Math.max(low, above);
  const atLeast = step === 0 ? least : Math.ceil(least / step) * step;
  const candidates = [
    ...Array.from(text.matchAll(/-?\d+(?:\.\d+)?/g), ([n]) => Number(n)),
    number(schema['default']),
    0,
    atLeast,
    atLeast + (step === 0 ? 1 : step),
    (above + below) / 2,
    high,
    below - (step === 0 ? 1 : step),
  ];
  return candidates.find((n) => n !== undefined && fits(n)) ?? 0;
}

function buildString(schema: JsonRecord, text: string): string {
  const { format, default: preset, examples } = schema;
  if (typeof format === 'string' && formats[format] !== undefined) return formats[format];
  const value = named(text) ?? [preset, ...asArray(examples)].find((v) => typeof v === 'string') ?? 'example';
  const least = number(schema['minLength']) ?? 0;
  const most = number(schema['maxLength']) ?? Infinity;
  return value.padEnd(Math.min(least, 10_000), '.').slice(0, most);
}

/** What a sentence is about: quoted words, else capitalised words after a preposition, else any after its beginning. */
function named(text: string): string | undefined {
  const quoted = /"([^"]+)"|\u201c([^\u201d]+)\u201d|`([^`]+)`/.exec(text);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? quoted[3];
  const name = String.raw`(\p{Lu}[\p{L}'\u2019-]*(?: \p{Lu}[\p{L}'\u2019-]*)*)`;
  return (
    new RegExp(String.raw`\b(?:in|at|for|of|from|to|about|near)\s+${name}`, 'u').exec(text)?.[1] ??
    new RegExp(String.raw`\p{L}[,;:]? ${name}`, 'u').exec(text)?.[1]
  );
}

function chooseEnum(values: readonly unknown[], preset: unknown, text: string): unknown {
  const lower = text.toLowerCase();
  const mentioned = values.find((v) => typeof v === 'string' && v !== '' && lower.includes(v.toLowerCase()));
  return mentioned ?? (values.includes(preset) ? preset : values[0]);
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function asRecord(value: unknown): JsonRecord {
  return isJsonRecord(value) ? value : {};
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
