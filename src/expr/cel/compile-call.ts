import type { Compiled } from './compile.ts';
import { CelError, CelErrorValue } from './errors.ts';
import { charge, type Evaluate, type Frame } from './frame.ts';
import { BadConstant, type FunctionDef, type Overload, type Review } from './functions/table.ts';
import { guardFor, typeNameOf, type Guard } from './guards.ts';
import type { CheckedCall } from './ir.ts';
import { tooMuchWork } from './limits.ts';
import { string } from './types.ts';
import { isError, type CelResult, type CelValue } from './values.ts';

type Call = (...args: (CelValue | Frame)[]) => CelResult;

/** One overload at one place: the tests that its arguments must pass, and what to call. */
interface Row {
  readonly guards: readonly Guard[];
  readonly rest: Guard | null;
  readonly call: Call;
  readonly weight: number;
  readonly review: Review | null;
}

/** Size from which the work on a value is charged for. */
const large = 256;

/** Compiles a call. The common shapes have closures of their own, so that no array of arguments is built. */
export function compileCall(checked: CheckedCall, args: readonly Compiled[], source: string): Evaluate {
  const constants = args.map((arg) => arg.constant);
  const rows = checked.overloads.map((row) => prepareRow(row, constants, checked, source));
  const runs = args.map((arg) => arg.run);
  const slow = dispatcher(checked.callee, rows);
  const [first] = rows;
  const [a, b, c] = runs;
  if (first !== undefined && first.rest === null) {
    const strings = checked.overloads[0]?.params.every((param) => param === string);
    if (runs.length === 1 && a !== undefined) return one(a, first, slow);
    if (runs.length === 2 && a !== undefined && b !== undefined) {
      const fixed = constants[1];
      const passes = fixed !== undefined && (first.guards[1] as Guard)(fixed);
      if (strings) return passes ? stringAnd(a, fixed, first.call, slow) : twoStrings(a, b, first.call, slow);
      return passes ? valueAnd(a, fixed, first, slow) : two(a, b, first, slow);
    }
    if (runs.length === 3 && a !== undefined && b !== undefined && c !== undefined) return three(a, b, c, first, slow);
  }
  return (frame) =>
    slow(
      frame,
      runs.map((run) => run(frame)),
    );
}

function prepareRow(
  row: Overload,
  constants: readonly (CelValue | undefined)[],
  checked: CheckedCall,
  source: string,
): Row {
  let call = row.call as Call;
  try {
    call = (row.prepare?.(constants) ?? row.call) as Call;
  } catch (cause) {
    if (!(cause instanceof BadConstant)) throw cause;
    throw new CelError(cause.message, source, checked.argPositions[cause.argument] ?? checked.pos);
  }
  return {
    guards: row.params.map(guardFor),
    rest: row.rest === undefined ? null : guardFor(row.rest),
    call,
    weight: row.weight ?? 1,
    review: row.review ?? null,
  };
}

type Slow = (frame: Frame, values: readonly CelResult[]) => CelResult;

/** Calls the first overload that the values fit; an argument that is an error is the result. */
function dispatcher(callee: FunctionDef, rows: readonly Row[]): Slow {
  return (frame, values) => {
    const error = values.find(isError);
    if (error !== undefined) return error;
    const args = values as readonly CelValue[];
    const row = rows.find((candidate) =>
      args.every((value, index) => (candidate.guards[index] ?? candidate.rest)?.(value) === true),
    );
    if (row === undefined) {
      const types = args.map(typeNameOf).join(', ');
      return new CelErrorValue('noSuchOverload', `no such overload: '${callee.name}' applied to (${types})`);
    }
    for (const value of args) if (isLarge(value) && !charge(frame, value.length, row.weight)) return tooMuchWork;
    const result = row.rest === null ? row.call(...args, frame) : row.call(...args);
    return row.review === null ? result : row.review(args, result);
  };
}

/** Large values take the slow way, which charges for them. */
function isLarge(value: unknown): value is { readonly length: number } {
  if (typeof value === 'string') return value.length >= large;
  return (Array.isArray(value) || value instanceof Uint8Array) && value.length >= large;
}

/** As {@link isLarge}, but true for every list and cheaper: the slow way looks again, and reviews. */
function maybeLarge(value: unknown): boolean {
  if (typeof value === 'string') return value.length >= large;
  return typeof value === 'object' && value !== null && (value as { readonly length?: unknown }).length !== undefined;
}

function one(a: Evaluate, row: Row, slow: Slow): Evaluate {
  const { call } = row;
  const guard = row.guards[0] as Guard;
  return (frame) => {
    const x = a(frame);
    return guard(x) && !maybeLarge(x) ? call(x as CelValue, frame) : slow(frame, [x]);
  };
}

function twoStrings(a: Evaluate, b: Evaluate, call: Call, slow: Slow): Evaluate {
  return (frame) => {
    const x = a(frame);
    const y = b(frame);
    return typeof x === 'string' && typeof y === 'string' && x.length < large && y.length < large
      ? call(x, y, frame)
      : slow(frame, [x, y]);
  };
}

function stringAnd(a: Evaluate, y: CelValue, call: Call, slow: Slow): Evaluate {
  return (frame) => {
    const x = a(frame);
    return typeof x === 'string' && x.length < large ? call(x, y, frame) : slow(frame, [x, y]);
  };
}

function two(a: Evaluate, b: Evaluate, row: Row, slow: Slow): Evaluate {
  const { call } = row;
  const [first, second] = row.guards as readonly [Guard, Guard];
  return (frame) => {
    const x = a(frame);
    const y = b(frame);
    return first(x) && second(y) && !maybeLarge(x) && !maybeLarge(y)
      ? call(x as CelValue, y as CelValue, frame)
      : slow(frame, [x, y]);
  };
}

function valueAnd(a: Evaluate, y: CelValue, row: Row, slow: Slow): Evaluate {
  const { call } = row;
  const guard = row.guards[0] as Guard;
  return (frame) => {
    const x = a(frame);
    return guard(x) && !maybeLarge(x) ? call(x as CelValue, y, frame) : slow(frame, [x, y]);
  };
}

function three(a: Evaluate, b: Evaluate, c: Evaluate, row: Row, slow: Slow): Evaluate {
  const { call } = row;
  const [first, second, third] = row.guards as readonly [Guard, Guard, Guard];
  return (frame) => {
    const x = a(frame);
    const y = b(frame);
    const z = c(frame);
    const fits = first(x) && second(y) && third(z) && !maybeLarge(x) && !maybeLarge(y);
    return fits ? call(x as CelValue, y as CelValue, z as CelValue, frame) : slow(frame, [x, y, z]);
  };
}
