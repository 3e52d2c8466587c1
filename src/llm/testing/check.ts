import type { ArraySchema, NumberSchema, ObjectSchema, Schema, StringSchema, UnionSchema } from './schema.ts';

/** The kinds of violation; `conversation` is what no schema says, such as a call without its result. */
export type Rule =
  | 'type'
  | 'unknown'
  | 'required'
  | 'minimum'
  | 'maximum'
  | 'pattern'
  | 'enum'
  | 'union'
  | 'conversation';

/** One place at which a value breaks its schema. */
export interface Violation {
  /** Where: `messages[0].content[1].text`; empty for the whole body. */
  readonly path: string;
  readonly rule: Rule;
  readonly message: string;
}

type Defs = Readonly<Record<string, Schema>>;
type Members = Readonly<Record<string, unknown>>;

/**
 * Checks a value against a schema.
 * @returns every violation, in the order of the schema; of a union, those of the branch that the value is nearest to.
 * @throws TypeError where the schema names a definition that there is not.
 */
export function check(schema: Schema, defs: Defs, value: unknown, path = ''): readonly Violation[] {
  if ('ref' in schema) {
    const target = defs[schema.ref];
    if (target === undefined) throw new TypeError(`the schema has no definition ${schema.ref}`);
    return check(target, defs, value, path);
  }
  switch (schema.type) {
    case 'any':
      return value === undefined ? [wrongType(path, 'a JSON value', value)] : [];
    case 'null':
      return value === null ? [] : [wrongType(path, 'null', value)];
    case 'boolean':
      if (typeof value !== 'boolean') return [wrongType(path, 'a boolean', value)];
      return schema.const === undefined || schema.const === value ? [] : [notOneOf(path, [schema.const], value)];
    case 'number':
      return checkNumber(schema, value, path);
    case 'string':
      return checkString(schema, value, path);
    case 'array':
      return checkArray(schema, defs, value, path);
    case 'object':
      return checkObject(schema, defs, value, path);
    case 'union':
      return checkUnion(schema, defs, value, path);
  }
}

function checkNumber(schema: NumberSchema, value: unknown, path: string): readonly Violation[] {
  if (typeof value !== 'number' || !Number.isFinite(value)) return [wrongType(path, 'a number', value)];
  if (schema.integer === true && !Number.isInteger(value)) return [wrongType(path, 'an integer', value)];
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [notOneOf(path, schema.enum, value)];
  return range(schema, value, path, 'is');
}

function checkString(schema: StringSchema, value: unknown, path: string): readonly Violation[] {
  if (typeof value !== 'string') return [wrongType(path, 'a string', value)];
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [notOneOf(path, schema.enum, value)];
  if (schema.base64 === true && !base64.test(value)) {
    return [{ path, rule: 'pattern', message: `${shown(value)} is not base64` }];
  }
  const length = schema.base64 === true ? Buffer.from(value, 'base64').length : Array.from(value).length;
  const violations = [...range(schema, length, path, 'has the length')];
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) {
    violations.push({ path, rule: 'pattern', message: `${shown(value)} does not match ${schema.pattern}` });
  }
  return violations;
}

/** Both alphabets: protobuf's JSON reading takes either, padded or not. */
const base64 = /^(?:[A-Za-z0-9+/]*={0,2}|[A-Za-z0-9_-]*={0,2})$/;

function checkArray(schema: ArraySchema, defs: Defs, value: unknown, path: string): readonly Violation[] {
  if (!Array.isArray(value)) return [wrongType(path, 'an array', value)];
  const items = value.flatMap((item, i) => check(schema.items, defs, item, `${path}[${String(i)}]`));
  return [...range(schema, value.length, path, 'has the length'), ...items];
}

function checkObject(schema: ObjectSchema, defs: Defs, value: unknown, path: string): readonly Violation[] {
  if (!isObject(value)) return [wrongType(path, 'an object', value)];
  const violations: Violation[] = [];
  for (const name of schema.required ?? []) {
    if (!(name in value)) violations.push({ path: join(path, name), rule: 'required', message: 'is missing' });
  }
  for (const group of schema.one ?? []) violations.push(...checkGroup(group, 1, value, path));
  for (const group of schema.atMostOne ?? []) violations.push(...checkGroup(group, 0, value, path));
  for (const [name, member] of Object.entries(value)) {
    const at = join(path, name);
    const known = Object.hasOwn(schema.members, name) ? schema.members[name] : schema.rest;
    if (known === undefined) violations.push({ path: at, rule: 'unknown', message: 'is no member that the API knows' });
    else violations.push(...check(known, defs, member, at));
  }
  return violations;
}

function checkGroup(group: readonly string[], least: number, value: Members, path: string): readonly Violation[] {
  const present = group.filter((name) => name in value);
  if (present.length >= least && present.length <= 1) return [];
  const wanted = least === 1 ? 'exactly one' : 'at most one';
  const has = present.length === 0 ? 'none' : present.join(', ');
  return [{ path, rule: 'union', message: `takes ${wanted} of ${group.join(', ')}, but has ${has}` }];
}

function checkUnion(schema: UnionSchema, defs: Defs, value: unknown, path: string): readonly Violation[] {
  let nearest: readonly Violation[] | null = null;
  let distance = Infinity;
  for (const branch of schema.of) {
    const violations = check(branch, defs, value, path);
    if (violations.length === 0) return [];
    const score = violations.reduce((sum, violation) => sum + weight(violation, path), 0);
    if (score < distance) [nearest, distance] = [violations, score];
  }
  if (nearest === null || distance >= otherType) {
    return [{ path, rule: 'type', message: `${shown(value)} is none of what it may be` }];
  }
  // Where even the nearest branch is of another `type`, the value is of a variant that the API does not have.
  const tag = nearest.find((violation) => isTag(violation, path));
  return tag === undefined
    ? (nearest ?? [])
    : [{ path: tag.path, rule: 'union', message: 'is of no variant of the API' }];
}

const otherType = 1e6;

/** A branch of another type or tag is farther than one with any number of other mistakes. */
function weight(violation: Violation, path: string): number {
  if (violation.path === path && violation.rule === 'type') return otherType;
  return isTag(violation, path) ? 1e3 : 1;
}

function isTag(violation: Violation, path: string): boolean {
  const tags = [join(path, 'type'), join(path, 'role')];
  return tags.includes(violation.path) && (violation.rule === 'enum' || violation.rule === 'required');
}

function range(
  schema: { readonly min?: number; readonly max?: number },
  value: number,
  path: string,
  verb: string,
): readonly Violation[] {
  if (schema.min !== undefined && value < schema.min) {
    return [{ path, rule: 'minimum', message: `${verb} ${String(value)}, less than ${String(schema.min)}` }];
  }
  if (schema.max !== undefined && value > schema.max) {
    return [{ path, rule: 'maximum', message: `${verb} ${String(value)}, more than ${String(schema.max)}` }];
  }
  return [];
}

function wrongType(path: string, wanted: string, value: unknown): Violation {
  return { path, rule: 'type', message: `is ${shown(value)}, not ${wanted}` };
}

function notOneOf(path: string, values: readonly unknown[], value: unknown): Violation {
  return { path, rule: 'enum', message: `is ${shown(value)}, not one of ${values.map(String).join(', ')}` };
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
