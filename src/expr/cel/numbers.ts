import { CelErrorValue, outOfRange } from './errors.ts';
import { CelDouble, CelUint } from './values.ts';

/** An int or the inside of a uint: a number while safe, a bigint beyond. */
export type Integer = number | bigint;

/** Any CEL number. */
export type Numeric = number | bigint | CelUint | CelDouble;

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;
const uint64Max = 2n ** 64n - 1n;
const safeMax = BigInt(Number.MAX_SAFE_INTEGER);

const intOverflow = outOfRange('integer overflow');
const uintOverflow = outOfRange('unsigned integer overflow');
const divideByZero = new CelErrorValue('divideByZero', 'divide by zero');
const modulusByZero = new CelErrorValue('divideByZero', 'modulus by zero');

function shrink(value: bigint): Integer {
  return value <= safeMax && value >= -safeMax ? Number(value) : value;
}

/** An int from a bigint, or an overflow error outside 64 bits. */
export function toInt(value: bigint): Integer | CelErrorValue {
  return value < int64Min || value > int64Max ? intOverflow : shrink(value);
}

/** A uint from a bigint, or an overflow error outside 64 bits. */
export function toUint(value: bigint): CelUint | CelErrorValue {
  return value < 0n || value > uint64Max ? uintOverflow : new CelUint(shrink(value));
}

/** Whether the value is an int. */
export function isInt(value: unknown): value is Integer {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Whether the value is any CEL number. */
export function isNumeric(value: unknown): value is Numeric {
  return isInt(value) || value instanceof CelDouble || value instanceof CelUint;
}

/** The bare JS number or bigint of a CEL number. */
export function rawNumber(value: Numeric): Integer {
  return typeof value === 'object' ? value.value : value;
}

/**
 * Three-way comparison across numeric types; NaN when either is NaN. Beside a double the other becomes one too, so that
 * integers beyond 2^53 compare as rounded, as the spec's suite demands.
 */
export function compareNumbers(left: Numeric, right: Numeric): number {
  const inDoubles = left instanceof CelDouble || right instanceof CelDouble;
  const a = inDoubles ? Number(rawNumber(left)) : rawNumber(left);
  const b = inDoubles ? Number(rawNumber(right)) : rawNumber(right);
  if (a < b) return -1;
  if (a > b) return 1;
  return a >= b ? 0 : NaN;
}

export function addInt(a: Integer, b: Integer): Integer | CelErrorValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return toInt(BigInt(a) + BigInt(b));
}

export function subtractInt(a: Integer, b: Integer): Integer | CelErrorValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return toInt(BigInt(a) - BigInt(b));
}

export function multiplyInt(a: Integer, b: Integer): Integer | CelErrorValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    // Adding 0 turns -0 into 0.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return toInt(BigInt(a) * BigInt(b));
}

export function divideInt(a: Integer, b: Integer): Integer | CelErrorValue {
  if (b === 0) return divideByZero;
  if (typeof a === 'number' && typeof b === 'number') return Math.trunc(a / b) + 0;
  return toInt(BigInt(a) / BigInt(b));
}

export function moduloInt(a: Integer, b: Integer): Integer | CelErrorValue {
  if (b === 0) return modulusByZero;
  if (typeof a === 'number' && typeof b === 'number') return (a % b) + 0;
  return toInt(BigInt(a) % BigInt(b));
}

export function negateInt(a: Integer): Integer | CelErrorValue {
  return typeof a === 'number' ? 0 - a : toInt(-a);
}

export function addUint(a: CelUint, b: CelUint): CelUint | CelErrorValue {
  return toUint(BigInt(a.value) + BigInt(b.value));
}

export function subtractUint(a: CelUint, b: CelUint): CelUint | CelErrorValue {
  return toUint(BigInt(a.value) - BigInt(b.value));
}

export function multiplyUint(a: CelUint, b: CelUint): CelUint | CelErrorValue {
  return toUint(BigInt(a.value) * BigInt(b.value));
}

export function divideUint(a: CelUint, b: CelUint): CelUint | CelErrorValue {
  return b.value === 0 ? divideByZero : toUint(BigInt(a.value) / BigInt(b.value));
}

export function moduloUint(a: CelUint, b: CelUint): CelUint | CelErrorValue {
  return b.value === 0 ? modulusByZero : toUint(BigInt(a.value) % BigInt(b.value));
}

/** An int from a double, truncated toward zero; an error outside the open 64-bit range (CEL spec, "int"). */
export function doubleToInt(value: number): Integer | CelErrorValue {
  if (!(value > -(2 ** 63) && value < 2 ** 63)) return intOverflow;
  return shrink(BigInt(Math.trunc(value)));
}

/** A uint from a double, truncated; an error when negative or outside 64 bits. */
export function doubleToUint(value: number): CelUint | CelErrorValue {
  if (!(value >= 0 && value < 2 ** 64)) return uintOverflow;
  return toUint(BigInt(Math.trunc(value)));
}

/** A double as CEL prints it: shortest form that reads back, `-0`, `NaN`, `Infinity`. */
export function formatDouble(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
