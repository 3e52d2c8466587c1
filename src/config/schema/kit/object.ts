import type { Field, FieldsOf } from './field.ts';
import { check, checked, list, none, type Report } from './issue.ts';
import { nearest } from './nearest.ts';
import { describe, nodeOf, type FieldNode, type ObjectNode, type Schema } from './node.ts';

/** Exactly one of the keys of `V`, beside the keys of `C`; narrow with `x.key !== undefined`. */
export type OneOf<V, C = unknown> = {
  [K in keyof V]: { readonly [P in K]: V[P] } & { readonly [Q in Exclude<keyof V, K>]?: undefined } & C;
}[keyof V];

/** Rules of an object beyond those of its single fields. */
interface ObjectOptions<T> {
  /** Other spellings of fields, by alias: the first of the two that the file has counts, having both is an error. */
  readonly aliases?: Readonly<Record<string, keyof T & string>>;
  /** Unknown fields are let through with a warning, as the reference does (a near miss of a field is an error all the same). */
  readonly open?: true;
  /** Checks the finished object and reports what is wrong with it as a whole. */
  readonly rule?: (value: T, report: Report) => void;
}

interface Spec extends ObjectNode {
  readonly rule?: ((value: never, report: Report) => void) | undefined;
}

/** An object with exactly these fields. `name` is its definition's name in the JSON Schema. */
export function object<T>(name: string, doc: string, fields: FieldsOf<T>, options: ObjectOptions<T> = {}): Schema<T> {
  return build<T>({
    kind: 'object',
    name,
    doc,
    fields: fields as Readonly<Record<string, FieldNode>>,
    aliases: options.aliases ?? {},
    oneOf: [],
    open: options.open === true,
    rule: options.rule,
  });
}

/** An object that has exactly one of the `variants`, and the `common` fields beside it. */
export function oneOfKeys<V, C = unknown>(
  name: string,
  doc: string,
  variants: { readonly [K in keyof V]-?: Field<V[K], 'required'> },
  common: FieldsOf<C>,
  options: ObjectOptions<OneOf<V, C>> = {},
): Schema<OneOf<V, C>> {
  return build<OneOf<V, C>>({
    kind: 'object',
    name,
    doc,
    fields: {
      ...(variants as Readonly<Record<string, FieldNode>>),
      ...(common as Readonly<Record<string, FieldNode>>),
    },
    aliases: options.aliases ?? {},
    oneOf: Object.keys(variants),
    open: options.open === true,
    rule: options.rule,
  });
}

/** The object schema `base` with further fields; the rules of `base` stay. */
export function extend<T, E>(
  base: Schema<T>,
  name: string,
  doc: string,
  fields: FieldsOf<E>,
  options: { readonly open?: true } = {},
): Schema<T & E> {
  const node = nodeOf(base);
  if (node.kind !== 'object') throw new Error(`${name}: only an object schema can be extended`);
  return build<T & E>({
    ...node,
    name,
    doc,
    fields: { ...node.fields, ...(fields as Readonly<Record<string, FieldNode>>) },
    open: options.open ?? node.open,
  });
}

/** An object with the fields of both schemas. */
export function merged<A, B>(name: string, doc: string, first: Schema<A>, second: Schema<B>): Schema<A & B> {
  const one = nodeOf(first);
  const two = nodeOf(second);
  if (one.kind !== 'object' || two.kind !== 'object') throw new Error(`${name}: only object schemas can be merged`);
  return build<A & B>({
    kind: 'object',
    name,
    doc,
    fields: { ...one.fields, ...two.fields },
    aliases: { ...one.aliases, ...two.aliases },
    oneOf: [...one.oneOf, ...two.oneOf],
    open: false,
  });
}

/** True for what YAML and JSON call a map. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function build<T>(spec: Spec): Schema<T> {
  const names = Object.keys(spec.fields);
  const schema = checked<T>((value, report) => {
    if (!isRecord(value)) {
      report({ problem: 'type', expected: `an object with ${shape(spec)}` });
      return none;
    }
    let failed = false;
    const fail: Report = (problem, path) => {
      failed = true;
      report(problem, path);
    };
    const given = gather(spec, value, names, fail);
    const output: Record<string, unknown> = {};
    for (const name of names) {
      const field = spec.fields[name];
      if (field === undefined) continue;
      const entry = given.get(name);
      if (entry !== undefined) {
        const parsed = check(field.schema, entry.value, fail, [entry.key]);
        if (parsed !== none) output[name] = parsed;
      } else if (field.presence === 'default') {
        const parsed = check(field.schema, field.initial, fail, [name]);
        if (parsed !== none) output[name] = parsed;
      } else if (field.presence === 'required' && !spec.oneOf.includes(name)) {
        fail({ problem: 'missing', expected: name }, [name]);
      }
    }
    if (spec.oneOf.length > 0) {
      const found = spec.oneOf.filter((name) => given.has(name));
      // A misspelt kind has been reported as an unknown field: that none is there would say the same again.
      const misspelt =
        found.length === 0 &&
        Object.keys(value).some((key) => fieldIn(spec, key) === undefined && nearest(key, spec.oneOf) !== undefined);
      if (found.length !== 1 && !misspelt) fail({ problem: 'oneOf', expected: list(spec.oneOf, 'or'), found });
    }
    if (!failed) (spec.rule as ((value: T, report: Report) => void) | undefined)?.(output as T, fail);
    return failed ? none : (output as T);
  });
  return describe(schema, spec);
}

/** The given fields by their proper name, with the key as written; reports keys that do not belong here. */
function gather(
  spec: Spec,
  value: Record<string, unknown>,
  names: readonly string[],
  fail: Report,
): ReadonlyMap<string, { key: string; value: unknown }> {
  const given = new Map<string, { key: string; value: unknown }>();
  for (const [key, part] of Object.entries(value)) {
    const name = fieldIn(spec, key);
    const field = name === undefined ? undefined : spec.fields[name];
    if (name === undefined || field === undefined) {
      if (!spec.open || nearest(key, names) !== undefined) fail({ problem: 'unknownKey', choices: names }, [key]);
      continue;
    }
    const other = given.get(name);
    if (other !== undefined) {
      fail({ problem: 'conflict', why: `${other.key} and ${key} are two names of one field: write only ${name}` }, [
        key,
      ]);
    } else if (part !== null || !field.nullable) {
      given.set(name, { key, value: part });
    }
  }
  return given;
}

/** The name of the field that `key`, its name or an alias, stands for. */
function fieldIn(spec: Spec, key: string): string | undefined {
  const name = Object.hasOwn(spec.aliases, key) ? (spec.aliases[key] ?? key) : key;
  return Object.hasOwn(spec.fields, name) ? name : undefined;
}

function shape(spec: Spec): string {
  if (spec.oneOf.length > 0) return `one of ${list(spec.oneOf, 'or')}`;
  const names = Object.keys(spec.fields);
  if (names.length === 0) return 'no fields, {}';
  const must = names.filter((name) => spec.fields[name]?.presence === 'required');
  if (must.length > 0) return list(must);
  return names.length <= 6 ? list(names, 'or') : `fields such as ${list(names.slice(0, 5), 'or')}`;
}
