import { CedarError } from '../errors.ts';

/** A 64-bit integer: a number while safe, a bigint beyond, so that equal integers are identical. */
export type Long = number | bigint;

const least = -(2n ** 63n);
const most = 2n ** 63n - 1n;

/** The integer as a Long. @throws CedarError outside 64 bits. */
export function long(value: bigint): Long {
  if (value < least || value > most) throw new CedarError('integer overflow');
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** True for what {@link Long} holds. */
export function isLong(value: unknown): value is Long {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** The sum. @throws CedarError on overflow; likewise the others. */
export function add(a: Long, b: Long): Long {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return long(BigInt(a) + BigInt(b));
}

export function subtract(a: Long, b: Long): Long {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return long(BigInt(a) - BigInt(b));
}

export function multiply(a: Long, b: Long): Long {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    // Zero has one sign.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return long(BigInt(a) * BigInt(b));
}

/** The quotient, cut towards zero. */
export function divide(a: Long, by: number): Long {
  if (typeof a === 'number') return Math.trunc(a / by) + 0;
  return long(a / BigInt(by));
}
