import { check, checked, none } from './issue.ts';
import { describe, type Schema } from './node.ts';
import { isRecord } from './object.ts';

/** A list; `min` and `max` bound its length. */
export function listOf<T>(item: Schema<T>, bounds: { min?: number; max?: number } = {}): Schema<readonly T[]> {
  const { min = 0, max = Infinity } = bounds;
  const schema = checked<readonly T[]>((value, report) => {
    if (!Array.isArray(value)) {
      report({ problem: 'type', expected: 'a list' });
      return none;
    }
    if (value.length < min) report({ problem: 'value', expected: `a list of at least ${min}` });
    if (value.length > max)
      report({ problem: 'value', expected: `a list of at most ${max}`, why: `found ${value.length}` });
    const output: T[] = [];
    for (const [index, part] of value.entries()) {
      const parsed = check(item, part, report, [index]);
      if (parsed !== none) output.push(parsed);
    }
    return output.length === value.length && value.length >= min && value.length <= max ? output : none;
  });
  return describe(schema, { kind: 'list', item, minItems: min, maxItems: max });
}

/** Names to values, in the order of the file; `key` says what the names must be. */
export function mapOf<T>(value: Schema<T>, key?: Schema<string>): Schema<Readonly<Record<string, T>>> {
  const schema = checked<Readonly<Record<string, T>>>((found, report) => {
    if (!isRecord(found)) {
      report({ problem: 'type', expected: 'a map of names to values' });
      return none;
    }
    let failed = false;
    const output: [string, T][] = [];
    for (const [name, part] of Object.entries(found)) {
      if (key !== undefined && check(key, name, report, [name]) === none) failed = true;
      const parsed = check(value, part, report, [name]);
      if (parsed === none) failed = true;
      else output.push([name, parsed]);
    }
    return failed ? none : Object.fromEntries(output);
  });
  return describe(schema, { kind: 'map', value, ...(key === undefined ? {} : { key }) });
}

/** One of some words. */
export function literals<const V extends string>(...values: readonly V[]): Schema<V> {
  return words(values, []);
}

/** One of some words, of which `beyond` are Waygate's own. */
export function words<const V extends string, const B extends string = never>(
  values: readonly V[],
  beyond: readonly B[],
): Schema<V | B> {
  const all: readonly (V | B)[] = [...values, ...beyond];
  const expected = all.length === 1 ? `${all[0]}` : `one of ${all.join(', ')}`;
  const schema = checked<V | B>((value, report) => {
    const hit = all.find((word) => word === value);
    if (hit !== undefined) return hit;
    if (typeof value === 'string') report({ problem: 'value', expected, choices: all });
    else report({ problem: 'type', expected });
    return none;
  });
  return describe(schema, { kind: 'literals', values: all, beyond });
}
