import { adapt } from '../adapt.ts';
import { CelErrorValue, invalid, outOfRange } from '../errors.ts';
import { compareNumbers, isNumeric, negateInt, toInt, toUint, type Integer, type Numeric } from '../numbers.ts';
import * as t from '../types.ts';
import { CelDouble, CelUint, isError, type CelResult } from '../values.ts';
import { global, overload, type Callable, type Overload } from './table.ts';

const { int, uint, double, bool, bytes, dyn } = t;

/** `math.least` or `math.greatest`: of the arguments or of one list. */
function extreme(name: string, sign: 1 | -1): Callable {
  const pickFrom = (values: readonly unknown[]): CelResult => {
    let best: Numeric | null = null;
    for (const raw of values) {
      const value = adapt(raw);
      if (isError(value)) return value;
      if (!isNumeric(value)) return new CelErrorValue('noSuchOverload', `${name} needs numbers`);
      if (best === null || compareNumbers(value, best) === sign) best = value;
    }
    return best ?? invalid(`${name} of an empty list`);
  };
  const pick = (...values: unknown[]): CelResult => pickFrom(values);
  const ofList = (list: t.CelType, result: t.CelType): Overload =>
    overload([t.list(list)], result, (values: readonly unknown[]) => pickFrom(values));
  const ofArguments = (type: t.CelType): Overload => ({ ...overload([type], type, pick), rest: type });
  return global(
    name,
    ...[int, uint, double].map(ofArguments),
    ofList(int, int),
    ofList(uint, uint),
    ofList(double, double),
    ofList(dyn, dyn),
    // Numbers of several types; a first argument that is none leaves no overload.
    ...[int, uint, double].map((first): Overload => ({ ...overload([first], dyn, pick), rest: dyn })),
  );
}

function ofDouble(name: string, compute: (value: number) => number): Callable {
  return global(
    name,
    overload([double], double, (value: CelDouble) => new CelDouble(compute(value.value))),
  );
}

function testDouble(name: string, test: (value: number) => boolean): Callable {
  return global(
    name,
    overload([double], bool, (value: CelDouble) => test(value.value)),
  );
}

/** Halves away from zero. */
function round(value: number): number {
  const rounded = Math.trunc(value);
  return Math.abs(value - rounded) >= 0.5 ? rounded + Math.sign(value) : rounded;
}

function absInt(value: Integer): CelResult {
  return value < 0 ? negateInt(value) : value;
}

/** Bytes as a big-endian mask, as agentgateway reads them next to an int. */
function maskOf(value: Uint8Array): bigint | CelErrorValue {
  if (value.length > 32) return invalid('a bit mask is longer than 32 bytes');
  return value.length === 0 ? 0n : BigInt(`0x${Buffer.from(value).toString('hex')}`);
}

type BitOperation = (a: bigint, b: bigint) => bigint;

function bytesWith(compute: BitOperation): (a: Uint8Array, b: Uint8Array) => CelResult {
  return (a, b) => {
    const left = maskOf(a);
    const right = maskOf(b);
    if (isError(left)) return left;
    if (isError(right)) return right;
    const length = Math.max(a.length, b.length);
    const digits = compute(left, right)
      .toString(16)
      .padStart(length * 2, '0');
    return new Uint8Array(Buffer.from(length === 0 ? '' : digits, 'hex'));
  };
}

function maskWith(mask: Uint8Array, number: Integer, compute: BitOperation): bigint | CelErrorValue {
  const bits = maskOf(mask);
  if (isError(bits)) return bits;
  if (number < 0) return invalid('a negative int has no bits in common with bytes');
  return compute(BigInt(number), bits);
}

function bitwise(name: string, compute: BitOperation): Callable {
  const intMask = (number: Integer, mask: Uint8Array): CelResult => {
    const bits = maskWith(mask, number, compute);
    return isError(bits) ? bits : toInt(bits);
  };
  const uintMask = (number: CelUint, mask: Uint8Array): CelResult => {
    const bits = maskWith(mask, number.value, compute);
    return isError(bits) ? bits : toUint(bits);
  };
  return global(
    name,
    overload([int, int], int, (a: Integer, b: Integer) => toInt(BigInt.asIntN(64, compute(BigInt(a), BigInt(b))))),
    overload([uint, uint], uint, (a: CelUint, b: CelUint) =>
      toUint(BigInt.asUintN(64, compute(BigInt(a.value), BigInt(b.value)))),
    ),
    overload([bytes, bytes], bytes, bytesWith(compute)),
    overload([int, bytes], int, intMask),
    overload([bytes, int], int, (mask: Uint8Array, number: Integer) => intMask(number, mask)),
    overload([uint, bytes], uint, uintMask),
    overload([bytes, uint], uint, (mask: Uint8Array, number: CelUint) => uintMask(number, mask)),
  );
}

/** Shifts by 64 and more give 0; a right shift fills with zeros, also of a negative int. */
function shift(name: string, compute: (value: bigint, by: bigint) => bigint): Callable {
  const shifted = (value: bigint, by: Integer): bigint | CelErrorValue => {
    if (by < 0) return outOfRange(`${name} by a negative offset`);
    return by >= 64 ? 0n : BigInt.asUintN(64, compute(BigInt.asUintN(64, value), BigInt(by)));
  };
  return global(
    name,
    overload([int, int], int, (value: Integer, by: Integer) => {
      const result = shifted(BigInt(value), by);
      return isError(result) ? result : toInt(BigInt.asIntN(64, result));
    }),
    overload([uint, int], uint, (value: CelUint, by: Integer) => {
      const result = shifted(BigInt(value.value), by);
      return isError(result) ? result : toUint(result);
    }),
  );
}

function sqrt(value: number): CelDouble {
  return new CelDouble(Math.sqrt(value));
}

/** The math extension. */
export const mathFunctions: readonly Callable[] = [
  extreme('math.least', -1),
  extreme('math.greatest', 1),
  // agentgateway's engine has these two without the namespace.
  extreme('min', -1),
  extreme('max', 1),
  ofDouble('math.ceil', Math.ceil),
  ofDouble('math.floor', Math.floor),
  ofDouble('math.round', round),
  ofDouble('math.trunc', Math.trunc),
  testDouble('math.isNaN', Number.isNaN),
  testDouble('math.isFinite', Number.isFinite),
  testDouble('math.isInf', (value) => Math.abs(value) === Infinity),
  global(
    'math.abs',
    overload([int], int, absInt),
    overload([uint], uint, (value: CelUint) => value),
    overload([double], double, (value: CelDouble) => new CelDouble(Math.abs(value.value))),
  ),
  global(
    'math.sign',
    overload([int], int, (value: Integer) => (value > 0 ? 1 : value < 0 ? -1 : 0)),
    overload([uint], uint, (value: CelUint) => new CelUint(value.value === 0 ? 0 : 1)),
    overload([double], double, (value: CelDouble) => new CelDouble(Math.sign(value.value))),
  ),
  global(
    'math.sqrt',
    overload([double], double, (value: CelDouble) => sqrt(value.value)),
    overload([int], double, (value: Integer) => sqrt(Number(value))),
    overload([uint], double, (value: CelUint) => sqrt(Number(value.value))),
  ),
  bitwise('math.bitAnd', (a, b) => a & b),
  bitwise('math.bitOr', (a, b) => a | b),
  bitwise('math.bitXor', (a, b) => a ^ b),
  global(
    'math.bitNot',
    overload([int], int, (value: Integer) => toInt(~BigInt(value))),
    overload([uint], uint, (value: CelUint) => toUint(BigInt.asUintN(64, ~BigInt(value.value)))),
  ),
  shift('math.bitShiftLeft', (value, by) => value << by),
  shift('math.bitShiftRight', (value, by) => value >> by),
];
