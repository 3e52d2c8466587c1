import { invalid } from '../errors.ts';
import { typeNameOf } from '../guards.ts';
import { mapSize, type MapLike } from '../maps.ts';
import { doubleToInt, doubleToUint, formatDouble, toInt, toUint, type Integer } from '../numbers.ts';
import { codePointCount, decodeUtf8, encodeUtf8 } from '../text.ts';
import { formatSeconds, formatTimestamp, makeTimestamp, parseDurationText, parseTimestamp } from '../time.ts';
import * as t from '../types.ts';
import {
  CelDouble,
  CelTypeValue,
  type CelDuration,
  type CelOpaque,
  type CelResult,
  type CelTimestamp,
  type CelUint,
  type CelValue,
} from '../values.ts';
import { global, member, overload, type Callable } from './table.ts';

const A = t.param('A');
const B = t.param('B');

const integerText = /^[+-]?\d{1,25}$/;
const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const special: { readonly [text: string]: number } = { nan: NaN, inf: Infinity, infinity: Infinity };
const bools: { readonly [text: string]: boolean } = {
  '1': true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  '0': false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function intFromText(text: string): CelResult {
  return integerText.test(text) ? toInt(BigInt(text.replace(/^\+/, ''))) : invalid(`not an integer: ${quote(text)}`);
}

function uintFromText(text: string): CelResult {
  return /^\d{1,25}$/.test(text) ? toUint(BigInt(text)) : invalid(`not an unsigned integer: ${quote(text)}`);
}

function doubleFromText(text: string): CelResult {
  if (decimal.test(text)) return new CelDouble(Number(text));
  const unsigned = text.replace(/^[+-]/, '').toLowerCase();
  const value = Object.hasOwn(special, unsigned) ? special[unsigned] : undefined;
  if (value === undefined) return invalid(`not a number: ${quote(text)}`);
  return new CelDouble(text.startsWith('-') ? -value : value);
}

function boolFromText(text: string): CelResult {
  const value = Object.hasOwn(bools, text) ? bools[text] : undefined;
  return value ?? invalid(`not a bool: ${quote(text)}`);
}

function stringFromBytes(bytes: Uint8Array): CelResult {
  return decodeUtf8(bytes) ?? invalid('the bytes are not valid UTF-8');
}

function timestampFromSeconds(seconds: Integer): CelResult {
  return makeTimestamp(Number(seconds), 0);
}

function same(value: CelValue): CelValue {
  return value;
}

const sizeOverloads = [
  overload([t.string], t.int, codePointCount),
  overload([t.bytes], t.int, (bytes: Uint8Array) => bytes.length),
  overload([t.list(A)], t.int, (list: readonly unknown[]) => list.length),
  overload([t.map(A, B)], t.int, (map: MapLike) => mapSize(map)),
];

/** `size`, `type`, `dyn` and the conversions between types. */
export const conversions: readonly Callable[] = [
  global('size', ...sizeOverloads),
  member('size', ...sizeOverloads),
  global(
    'type',
    overload([A], t.typeOf(A), (value: CelValue) => new CelTypeValue(typeNameOf(value))),
  ),
  global('dyn', overload([A], t.dyn, same)),
  global(
    'int',
    overload([t.int], t.int, same),
    overload([t.uint], t.int, (value: CelUint) => toInt(BigInt(value.value))),
    overload([t.double], t.int, (value: CelDouble) => doubleToInt(value.value)),
    overload([t.string], t.int, intFromText),
    overload([t.timestamp], t.int, (value: CelTimestamp) => value.seconds),
    overload([t.duration], t.int, (value: CelDuration) => value.seconds),
  ),
  global(
    'uint',
    overload([t.uint], t.uint, same),
    overload([t.int], t.uint, (value: Integer) => toUint(BigInt(value))),
    overload([t.double], t.uint, (value: CelDouble) => doubleToUint(value.value)),
    overload([t.string], t.uint, uintFromText),
  ),
  global(
    'double',
    overload([t.double], t.double, same),
    overload([t.int], t.double, (value: Integer) => new CelDouble(Number(value))),
    overload([t.uint], t.double, (value: CelUint) => new CelDouble(Number(value.value))),
    overload([t.string], t.double, doubleFromText),
  ),
  global('bool', overload([t.bool], t.bool, same), overload([t.string], t.bool, boolFromText)),
  global(
    'string',
    overload([t.string], t.string, same),
    overload([t.bool], t.string, (value: boolean) => String(value)),
    overload([t.int], t.string, (value: Integer) => String(value)),
    overload([t.uint], t.string, (value: CelUint) => String(value.value)),
    overload([t.double], t.string, (value: CelDouble) => formatDouble(value.value)),
    overload([t.bytes], t.string, stringFromBytes),
    overload([t.timestamp], t.string, formatTimestamp),
    overload([t.duration], t.string, formatSeconds),
  ),
  global('bytes', overload([t.bytes], t.bytes, same), overload([t.string], t.bytes, encodeUtf8)),
  global(
    'timestamp',
    overload([t.timestamp], t.timestamp, same),
    overload([t.string], t.timestamp, parseTimestamp),
    overload([t.int], t.timestamp, timestampFromSeconds),
  ),
  global('duration', overload([t.duration], t.duration, same), overload([t.string], t.duration, parseDurationText)),
];

/** `string(x)` of a value of an opaque type, for the tables that declare one. */
export function stringOf(type: t.CelType): Callable {
  return global(
    'string',
    overload([type], t.string, (value: CelOpaque) => value.toText()),
  );
}
