import { maxSize, tooLarge } from '../limits.ts';
import * as numbers from '../numbers.ts';
import { compareTimes } from '../time.ts';
import * as t from '../types.ts';
import { CelDouble, type CelDuration, type CelResult, type CelTimestamp } from '../values.ts';
import { durationPlus, subtractTimestamps, timestampPlus } from './time-arithmetic.ts';
import { global, overload, type Callable, type FunctionDef, type Overload } from './table.ts';

const A = t.param('A');
const listA = t.list(A);

function ofDoubles(compute: (a: number, b: number) => number): Overload {
  return overload(
    [t.double, t.double],
    t.double,
    (a: CelDouble, b: CelDouble) => new CelDouble(compute(a.value, b.value)),
  );
}

function concatStrings(a: string, b: string): CelResult {
  return a.length + b.length > maxSize ? tooLarge : a + b;
}

function concatBytes(a: Uint8Array, b: Uint8Array): CelResult {
  return a.length + b.length > maxSize ? tooLarge : new Uint8Array(Buffer.concat([a, b]));
}

function concatLists(a: readonly unknown[], b: readonly unknown[]): CelResult {
  return a.length + b.length > maxSize ? tooLarge : [...a, ...b];
}

const add = global(
  '_+_',
  overload([t.string, t.string], t.string, concatStrings),
  overload([t.int, t.int], t.int, numbers.addInt),
  overload([t.uint, t.uint], t.uint, numbers.addUint),
  ofDoubles((a, b) => a + b),
  overload([t.bytes, t.bytes], t.bytes, concatBytes),
  overload([listA, listA], listA, concatLists),
  overload([t.timestamp, t.duration], t.timestamp, (a: CelTimestamp, b: CelDuration) => timestampPlus(a, b, 1)),
  overload([t.duration, t.timestamp], t.timestamp, (a: CelDuration, b: CelTimestamp) => timestampPlus(b, a, 1)),
  overload([t.duration, t.duration], t.duration, (a: CelDuration, b: CelDuration) => durationPlus(a, b, 1)),
);

const subtract = global(
  '_-_',
  overload([t.int, t.int], t.int, numbers.subtractInt),
  overload([t.uint, t.uint], t.uint, numbers.subtractUint),
  ofDoubles((a, b) => a - b),
  overload([t.timestamp, t.timestamp], t.duration, subtractTimestamps),
  overload([t.timestamp, t.duration], t.timestamp, (a: CelTimestamp, b: CelDuration) => timestampPlus(a, b, -1)),
  overload([t.duration, t.duration], t.duration, (a: CelDuration, b: CelDuration) => durationPlus(a, b, -1)),
);

const multiply = global(
  '_*_',
  overload([t.int, t.int], t.int, numbers.multiplyInt),
  overload([t.uint, t.uint], t.uint, numbers.multiplyUint),
  ofDoubles((a, b) => a * b),
);

const divide = global(
  '_/_',
  overload([t.int, t.int], t.int, numbers.divideInt),
  overload([t.uint, t.uint], t.uint, numbers.divideUint),
  ofDoubles((a, b) => a / b),
);

const modulo = global(
  '_%_',
  overload([t.int, t.int], t.int, numbers.moduloInt),
  overload([t.uint, t.uint], t.uint, numbers.moduloUint),
);

const negate = global(
  '-_',
  overload([t.int], t.int, numbers.negateInt),
  overload([t.double], t.double, (a: CelDouble) => new CelDouble(-a.value)),
);

const not = global(
  '!_',
  overload([t.bool], t.bool, (a: boolean) => !a),
);

const numeric = [t.int, t.uint, t.double];

/** One of `<`, `<=`, `>`, `>=`; a NaN order, from a NaN double, passes none. */
function ordering(name: string, passes: (order: number) => boolean): FunctionDef {
  const compareText = (a: string, b: string): boolean => passes(compareStrings(a, b));
  return global(
    name,
    ...numeric.flatMap((left) =>
      numeric.map((right) =>
        overload([left, right], t.bool, (a: numbers.Numeric, b: numbers.Numeric) =>
          passes(numbers.compareNumbers(a, b)),
        ),
      ),
    ),
    overload([t.string, t.string], t.bool, compareText),
    overload([t.bool, t.bool], t.bool, (a: boolean, b: boolean) => passes(Number(a) - Number(b))),
    overload([t.bytes, t.bytes], t.bool, (a: Uint8Array, b: Uint8Array) => passes(Buffer.compare(a, b))),
    overload([t.timestamp, t.timestamp], t.bool, (a: CelTimestamp, b: CelTimestamp) => passes(compareTimes(a, b))),
    overload([t.duration, t.duration], t.bool, (a: CelDuration, b: CelDuration) => passes(compareTimes(a, b))),
  );
}

/** Order by code point, which JS's own order by UTF-16 unit is not where surrogates meet U+E000 and above. */
function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** Arithmetic, concatenation and order. */
export const operators: readonly Callable[] = [
  add,
  subtract,
  multiply,
  divide,
  modulo,
  negate,
  not,
  ordering('_<_', (order) => order < 0),
  ordering('_<=_', (order) => order <= 0),
  ordering('_>_', (order) => order > 0),
  ordering('_>=_', (order) => order >= 0),
];
