import { CelErrorValue } from './errors.ts';
import type { Evaluate, Frame } from './frame.ts';
import type { Bind, Items } from './items.ts';
import { tooMuchWork } from './limits.ts';
import { MapBuilder, toMapKey } from './maps.ts';
import { bool, dyn, list, map, type CelType } from './types.ts';
import type { CelResult } from './values.ts';

/** The static types of what a loop runs over. */
export interface RangeTypes {
  /** The type that a one-variable macro binds. */
  readonly single: CelType;
  readonly key: CelType;
  readonly value: CelType;
}

/** One way to go through a list or map; every comprehension macro is one of these. */
export interface LoopKind {
  readonly name: string;
  /** Whether the range must be a map. */
  readonly mapOnly: boolean;
  /** What the one variable of a one-variable form holds. */
  readonly variable: 'single' | 'key' | 'value';
  /** Which bodies must be bool. */
  readonly conditions: readonly boolean[];
  /** The static result type. */
  result(bodies: readonly CelType[], range: RangeTypes): CelType;
  run(frame: Frame, items: Items, bind: Bind, bodies: readonly Evaluate[]): CelResult;
}

const notBool = new CelErrorValue('noSuchOverload', 'the condition of a macro must be bool');

function errorOf(result: CelResult): CelErrorValue {
  return result instanceof CelErrorValue ? result : notBool;
}

/** `all` and `exists`: one item decides, whatever errors the others gave (CEL spec, "Macros"). */
function quantifier(name: string, deciding: boolean): LoopKind {
  return {
    name,
    mapOnly: false,
    variable: 'single',
    conditions: [true],
    result: () => bool,
    run(frame, items, bind, bodies) {
      const body = bodies[0] as Evaluate;
      let error: CelErrorValue | null = null;
      for (let i = 0; i < items.size; i++) {
        if (--frame.steps < 0) return tooMuchWork;
        bind(frame, items, i);
        const result = body(frame);
        if (result === deciding) return deciding;
        if (result !== !deciding) error ??= errorOf(result);
      }
      return error ?? !deciding;
    },
  };
}

export const all: LoopKind = quantifier('all', false);
export const exists: LoopKind = quantifier('exists', true);

/** True when exactly one item passes; an error in any item is the result. */
export const existsOne: LoopKind = {
  name: 'existsOne',
  mapOnly: false,
  variable: 'single',
  conditions: [true],
  result: () => bool,
  run(frame, items, bind, bodies) {
    const body = bodies[0] as Evaluate;
    let count = 0;
    for (let i = 0; i < items.size; i++) {
      if (--frame.steps < 0) return tooMuchWork;
      bind(frame, items, i);
      const result = body(frame);
      if (result === true) count++;
      else if (result !== false) return errorOf(result);
    }
    return count === 1;
  },
};

/** The items that pass: elements of a list, keys of a map. */
export const filter: LoopKind = {
  name: 'filter',
  mapOnly: false,
  variable: 'single',
  conditions: [true],
  result: (_bodies, range) => list(range.single),
  run(frame, items, bind, bodies) {
    const body = bodies[0] as Evaluate;
    const kept: CelResult[] = [];
    for (let i = 0; i < items.size; i++) {
      if (--frame.steps < 0) return tooMuchWork;
      bind(frame, items, i);
      const result = body(frame);
      if (result === true) kept.push(items.single(i));
      else if (result !== false) return errorOf(result);
    }
    return kept;
  },
};

/** A list of the last body's values, for the items that pass the first where there are two. */
function toList(name: string, conditional: boolean): LoopKind {
  return {
    name,
    mapOnly: false,
    variable: 'single',
    conditions: conditional ? [true, false] : [false],
    result: (bodies) => list(bodies.at(-1) ?? dyn),
    run(frame, items, bind, bodies) {
      const condition = conditional ? (bodies[0] as Evaluate) : null;
      const body = bodies.at(-1) as Evaluate;
      const made: CelResult[] = [];
      for (let i = 0; i < items.size; i++) {
        if (--frame.steps < 0) return tooMuchWork;
        bind(frame, items, i);
        const pass = condition === null ? true : condition(frame);
        if (pass === false) continue;
        if (pass !== true) return errorOf(pass);
        const result = body(frame);
        if (result instanceof CelErrorValue) return result;
        made.push(result);
      }
      return made;
    },
  };
}

export const toListAll: LoopKind = toList('map', false);
export const toListWhere: LoopKind = toList('map', true);

/** A map of the same keys with the last body's values, for the items that pass the first where there are two. */
function toMap(
  name: string,
  options: { conditional: boolean; mapOnly: boolean; variable: 'single' | 'value' },
): LoopKind {
  const { conditional, mapOnly, variable } = options;
  return {
    name,
    mapOnly,
    variable,
    conditions: conditional ? [true, false] : [false],
    result: (bodies, range) => map(range.key, bodies.at(-1) ?? dyn),
    run(frame, items, bind, bodies) {
      const condition = conditional ? (bodies[0] as Evaluate) : null;
      const body = bodies.at(-1) as Evaluate;
      const made = new MapBuilder();
      for (let i = 0; i < items.size; i++) {
        if (--frame.steps < 0) return tooMuchWork;
        bind(frame, items, i);
        const pass = condition === null ? true : condition(frame);
        if (pass === false) continue;
        if (pass !== true) return errorOf(pass);
        const result = body(frame);
        if (result instanceof CelErrorValue) return result;
        const key = items.key(i);
        made.set(toMapKey(key) ?? 0, key, result);
      }
      return made.build();
    },
  };
}

export const toMapAll: LoopKind = toMap('transformMap', { conditional: false, mapOnly: false, variable: 'single' });
export const toMapWhere: LoopKind = toMap('transformMap', { conditional: true, mapOnly: false, variable: 'single' });
/** `m.mapValues(v, e)`: the same keys, each value replaced. */
export const mapValues: LoopKind = toMap('mapValues', { conditional: false, mapOnly: true, variable: 'value' });

/** `m.filterKeys(k, p)`: the entries whose key passes. */
export const filterKeys: LoopKind = {
  name: 'filterKeys',
  mapOnly: true,
  variable: 'key',
  conditions: [true],
  result: (_bodies, range) => map(range.key, range.value),
  run(frame, items, bind, bodies) {
    const body = bodies[0] as Evaluate;
    const kept = new MapBuilder();
    for (let i = 0; i < items.size; i++) {
      if (--frame.steps < 0) return tooMuchWork;
      bind(frame, items, i);
      const result = body(frame);
      if (result === false) continue;
      if (result !== true) return errorOf(result);
      const key = items.key(i);
      const value = items.value(i);
      if (value instanceof CelErrorValue) return value;
      kept.set(toMapKey(key) ?? 0, key, value);
    }
    return kept.build();
  },
};
