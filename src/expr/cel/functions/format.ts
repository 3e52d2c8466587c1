import { adapt } from '../adapt.ts';
import { type CelErrorValue, invalid } from '../errors.ts';
import { charge, type Frame } from '../frame.ts';
import { typeNameOf } from '../guards.ts';
import { maxNesting, maxSize, tooLarge, tooMuchWork } from '../limits.ts';
import { isMap, keyValue, mapGet, mapKeys, type MapLike } from '../maps.ts';
import { formatDouble, isInt, isNumeric, rawNumber } from '../numbers.ts';
import { formatSeconds, formatTimestamp } from '../time.ts';
import * as t from '../types.ts';
import {
  CelDouble,
  CelDuration,
  CelOpaque,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  isError,
  type CelResult,
  type CelValue,
} from '../values.ts';
import { member, overload, type Callable } from './table.ts';

/** A failure inside a nested value. */
class FormatError extends Error {
  readonly error: CelErrorValue;
  constructor(error: CelErrorValue) {
    super(error.message);
    this.error = error;
  }
}

function fail(message: string): never {
  throw new FormatError(invalid(message));
}

type Clause = (value: CelValue, precision: number, frame: Frame) => string;

const clauses: { readonly [letter: string]: Clause } = {
  s: (value, _precision, frame) => asText(value, frame, 0),
  d: (value) => integerIn(value, 10, 'decimal clause can only be used on integers'),
  b: (value) =>
    typeof value === 'boolean'
      ? String(Number(value))
      : integerIn(value, 2, 'only integers and bools can be formatted as binary'),
  o: (value) => integerIn(value, 8, 'octal clause can only be used on integers'),
  x: hex,
  X: (value) => hex(value).toUpperCase(),
  f: (value, precision) => fixed(finiteOf(value, 'fixed-point'), precision),
  e: (value, precision) => scientific(finiteOf(value, 'scientific'), precision),
};

const clausePattern = /%(%|(?:\.(\d{1,3}))?(.)?)/gsu;

function format(template: string, args: readonly unknown[], frame: Frame): CelResult {
  let next = 0;
  let size = template.length;
  try {
    return template.replaceAll(clausePattern, (_whole, body: string, precision?: string, letter?: string) => {
      if (body === '%') return '%';
      const clause = letter === undefined ? undefined : clauses[letter];
      if (clause === undefined)
        fail(`could not parse formatting clause: unrecognized formatting clause "${letter ?? ''}"`);
      const digits = precision === undefined ? 6 : Number(precision);
      if (digits > 100) fail('a format precision cannot be above 100');
      if (next >= args.length) fail(`format index ${next} out of range`);
      const value = adapt(args[next++]);
      if (isError(value)) throw new FormatError(value);
      const text = clause(value, digits, frame);
      size += text.length;
      if (size > maxSize) throw new FormatError(tooLarge);
      if (!charge(frame, text.length + 256, 1)) throw new FormatError(tooMuchWork);
      return text;
    });
  } catch (cause) {
    if (cause instanceof FormatError) return cause.error;
    throw cause;
  }
}

function wrongType(problem: string, value: CelValue): never {
  return fail(`error during formatting: ${problem}, was given ${typeNameOf(value)}`);
}

function integerIn(value: CelValue, radix: number, problem: string): string {
  if (isInt(value)) return value.toString(radix);
  if (value instanceof CelUint) return value.value.toString(radix);
  if (value instanceof CelDouble && !Number.isFinite(value.value)) return formatDouble(value.value);
  return wrongType(problem, value);
}

function hex(value: CelValue): string {
  if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return integerIn(value, 16, 'only integers, byte buffers, and strings can be formatted as hex');
}

function finiteOf(value: CelValue, clause: string): number {
  return isNumeric(value) ? Number(rawNumber(value)) : wrongType(`${clause} clause can only be used on doubles`, value);
}

/** Fixed point, with exact ties rounded to even, where `toFixed` rounds them up. */
function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return formatDouble(value);
  if (Math.abs(value) >= 1e21) return BigInt(value).toString() + (digits > 0 ? `.${'0'.repeat(digits)}` : '');
  const rounded = value.toFixed(digits);
  if (digits > 70) return rounded;
  const exact = value.toFixed(digits + 25);
  const cut = exact.length - 25;
  if (!/^50*$/.test(exact.slice(cut))) return rounded;
  const below = exact.slice(0, cut).replace(/\.$/, '');
  return Number(below.at(-1)) % 2 === 0 ? below : rounded;
}

function scientific(value: number, digits: number): string {
  if (!Number.isFinite(value)) return formatDouble(value);
  return value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** A value in `%s`: strings bare, lists and maps in brackets, map entries in the order of their keys' text. */
function asText(value: CelValue, frame: Frame, depth: number): string {
  if (--frame.steps < 0 || depth > maxNesting) throw new FormatError(tooMuchWork);
  if (typeof value === 'string') return value;
  if (value === null || typeof value === 'boolean' || isInt(value)) return String(value);
  if (value instanceof CelDouble) return formatDouble(value.value);
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatSeconds(value);
  if (value instanceof CelTypeValue) return value.name;
  if (value instanceof CelOpaque) return value.toText();
  if (Array.isArray(value)) return `[${value.map((element) => elementText(element, frame, depth)).join(', ')}]`;
  if (isMap(value)) return mapText(value, frame, depth);
  return wrongType('string clause cannot be used on this type', value);
}

function elementText(element: unknown, frame: Frame, depth: number): string {
  const value = adapt(element);
  return isError(value) ? fail(value.message) : asText(value, frame, depth + 1);
}

function mapText(map: MapLike, frame: Frame, depth: number): string {
  const entries = mapKeys(map).map((key): [string, string] => [
    asText(keyValue(map, key), frame, depth),
    elementText(mapGet(map, key), frame, depth),
  ]);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, text]) => `${key}: ${text}`).join(', ')}}`;
}

/** `"…".format([…])` of the strings extension. */
export const formatFunctions: readonly Callable[] = [
  member('format', overload([t.string, t.list(t.dyn)], t.string, format)),
];
