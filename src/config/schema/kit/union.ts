import { check, checked, list, none, problemsOf } from './issue.ts';
import { describe, nodeOf, type JsonType, type ObjectNode, type Schema, type UnionNode } from './node.ts';
import { isRecord } from './object.ts';
import { nearest } from './nearest.ts';

type Outputs<S extends readonly Schema<unknown>[]> = {
  [I in keyof S]: S[I] extends Schema<infer T> ? T : never;
}[number];

/**
 * One of several forms. The value's type, and for objects its keys, choose the form that it was meant to be: only that
 * one's problems are reported, never those of all forms.
 */
export function union<const S extends readonly Schema<unknown>[]>(...branches: S): Schema<Outputs<S>> {
  const schema = checked<Outputs<S>>((value, report) => {
    const ranked = rank(branches, value);
    const [best, ...others] = ranked;
    if (best === undefined) {
      report({ problem: 'type', expected: list(branches.map(formName), 'or') });
      return none;
    }
    const first = best.safeParse(value);
    if (first.success) return first.data as Outputs<S>;
    for (const other of others) {
      const result = other.safeParse(value);
      if (result.success) return result.data as Outputs<S>;
    }
    for (const { problem, path } of problemsOf(first.error)) report(problem, path);
    return none;
  });
  return describe(schema, { kind: 'union', branches });
}

/** A schema that is not made yet, for definitions that contain themselves. */
export function lazy<T>(get: () => Schema<T>): Schema<T> {
  return describe(
    checked<T>((value, report) => check(get(), value, report, [])),
    { kind: 'lazy', get },
  );
}

/** The form that a value takes or was meant to take, or undefined when its type fits none. */
export function formOf(node: UnionNode, value: unknown): Schema<unknown> | undefined {
  const ranked = rank(node.branches, value);
  return ranked.find((branch) => branch.safeParse(value).success) ?? ranked[0];
}

/** The forms that accept the value's type, most probable first. */
function rank<S extends Schema<unknown>>(branches: readonly S[], value: unknown): readonly S[] {
  const type = jsonType(value);
  const fitting = branches.filter((branch) => typesOf(branch).has(type));
  if (fitting.length <= 1) return fitting;
  return fitting
    .map((branch, index) => ({ branch, index, score: score(branch, value) }))
    .toSorted((a, b) => b.score - a.score || a.index - b.index)
    .map((entry) => entry.branch);
}

/** How much a value looks like it was meant to be of this form. */
function score(schema: Schema<unknown>, value: unknown): number {
  const node = nodeOf(schema);
  if (node.kind === 'union') return Math.max(...node.branches.map((branch) => score(branch, value)));
  if (node.kind === 'literals') return typeof value === 'string' && node.values.includes(value) ? 2 : 0;
  if (node.kind !== 'object' || !isRecord(value)) return schema.safeParse(value).success ? 1 : 0;
  return objectScore(node, value);
}

function objectScore(node: ObjectNode, value: Record<string, unknown>): number {
  const names = Object.keys(node.fields);
  let points = 0;
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(node.fields, key) || Object.hasOwn(node.aliases, key)) points += node.oneOf.includes(key) ? 4 : 3;
    else if (nearest(key, names) !== undefined) points += 1;
    else points -= 3;
  }
  if (node.oneOf.length > 0 && !node.oneOf.some((name) => Object.hasOwn(value, name))) points -= 2;
  for (const [name, field] of Object.entries(node.fields)) {
    if (field.presence === 'required' && !node.oneOf.includes(name) && !Object.hasOwn(value, name)) points -= 2;
  }
  return points;
}

/** The JSON types that a schema may accept. */
function typesOf(schema: Schema<unknown>): ReadonlySet<JsonType> {
  const node = nodeOf(schema);
  switch (node.kind) {
    case 'scalar':
      return new Set([node.type === 'integer' ? 'number' : node.type]);
    case 'literals':
      return new Set(['string']);
    case 'any':
      return new Set(node.type === undefined ? everyType : [node.type]);
    case 'list':
      return new Set(['array']);
    case 'map':
    case 'object':
      return new Set(['object']);
    case 'union':
      return new Set(node.branches.flatMap((branch) => [...typesOf(branch)]));
  }
}

const everyType: readonly JsonType[] = ['string', 'number', 'boolean', 'null', 'array', 'object'];

function jsonType(value: unknown): JsonType {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}

function formName(schema: Schema<unknown>): string {
  const node = nodeOf(schema);
  switch (node.kind) {
    case 'scalar':
    case 'any':
      return node.label;
    case 'literals':
      return node.values.join(', ');
    case 'list':
      return 'a list';
    case 'map':
      return 'a map';
    case 'object':
      return `an object with ${list(node.oneOf.length > 0 ? node.oneOf : Object.keys(node.fields).slice(0, 4), 'or')}`;
    case 'union':
      return list(node.branches.map(formName), 'or');
  }
}
