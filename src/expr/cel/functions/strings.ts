import { adapt } from '../adapt.ts';
import { CelErrorValue, outOfRange } from '../errors.ts';
import { maxSize, tooLarge } from '../limits.ts';
import type { Integer } from '../numbers.ts';
import { pointOffset, unitOffset } from '../text.ts';
import * as t from '../types.ts';
import type { CelResult } from '../values.ts';
import { global, member, overload, type Callable } from './table.ts';

const { string, int, bool, list } = t;
const strings = list(string);

function badIndex(index: Integer): CelErrorValue {
  return outOfRange(`string index out of range: ${index}`);
}

/** The unit offset of a code point index, or an error outside the text. */
function offsetAt(text: string, index: Integer): number | CelErrorValue {
  const offset = typeof index === 'number' && index >= 0 ? unitOffset(text, index) : -1;
  return offset < 0 ? badIndex(index) : offset;
}

function charAt(text: string, index: Integer): CelResult {
  const offset = offsetAt(text, index);
  if (offset instanceof CelErrorValue) return offset;
  const point = text.codePointAt(offset);
  return point === undefined ? '' : String.fromCodePoint(point);
}

function indexOf(text: string, part: string, from: Integer = 0): CelResult {
  const offset = offsetAt(text, from);
  if (offset instanceof CelErrorValue) return offset;
  const found = text.indexOf(part, offset);
  return found < 0 ? -1 : pointOffset(text, found);
}

function lastIndexOf(text: string, part: string, from?: Integer): CelResult {
  const offset = from === undefined ? text.length : offsetAt(text, from);
  if (offset instanceof CelErrorValue) return offset;
  const found = text.lastIndexOf(part, offset);
  return found < 0 ? -1 : pointOffset(text, found);
}

function substring(text: string, start: Integer, end?: Integer): CelResult {
  const from = offsetAt(text, start);
  if (from instanceof CelErrorValue) return from;
  const to = end === undefined ? text.length : offsetAt(text, end);
  if (to instanceof CelErrorValue) return to;
  return from > to ? outOfRange(`the substring ends (${end}) before it begins (${start})`) : text.slice(from, to);
}

function replace(text: string, from: string, to: string, limit: Integer): CelResult {
  const times = limit < 0 ? Infinity : Number(limit);
  const parts = from === '' ? Array.from(text) : text.split(from);
  // Between an empty pattern's matches stand the characters, with one match before and after them all.
  const gaps = from === '' ? parts.length + 1 : parts.length - 1;
  const count = Math.min(times, gaps);
  if (text.length + count * to.length > maxSize) return tooLarge;
  if (count === 0) return text;
  if (from === '') return to + parts.map((part, index) => part + (index + 1 < count ? to : '')).join('');
  return parts.slice(0, count).join(to) + to + parts.slice(count).join(from);
}

function split(text: string, separator: string, limit: Integer): CelResult {
  if (limit === 0) return [];
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  const most = Number(limit);
  if (most < 0 || parts.length <= most) return parts;
  return [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)];
}

function join(parts: readonly unknown[], separator: string): CelResult {
  let size = 0;
  const texts: string[] = [];
  for (const part of parts) {
    const text = adapt(part);
    if (typeof text !== 'string') return new CelErrorValue('noSuchOverload', 'join() needs a list of strings');
    size += text.length + separator.length;
    if (size > maxSize) return tooLarge;
    texts.push(text);
  }
  return texts.join(separator);
}

/** Unicode White_Space, which differs from JS's notion of space by U+0085 and U+FEFF; all are one UTF-16 unit. */
const space = /\p{White_Space}/u;

function trim(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && space.test(text.charAt(from))) from++;
  while (to > from && space.test(text.charAt(to - 1))) to--;
  return text.slice(from, to);
}

const escapes: { readonly [char: string]: string } = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

function quote(text: string): string {
  return `"${text.replaceAll(/[\u0007\b\f\n\r\t\v\\"]/g, (char) => escapes[char] ?? char).toWellFormed()}"`;
}

/** ASCII only, as the names say; other letters stay. */
function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function upperAscii(text: string): string {
  return text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase());
}

function reverse(text: string): string {
  return Array.from(text).toReversed().join('');
}

/** The standard string functions and the strings extension, without `format`. */
export const stringFunctions: readonly Callable[] = [
  member(
    'startsWith',
    overload([string, string], bool, (text: string, part: string) => text.startsWith(part)),
  ),
  member(
    'endsWith',
    overload([string, string], bool, (text: string, part: string) => text.endsWith(part)),
  ),
  member(
    'contains',
    overload([string, string], bool, (text: string, part: string) => text.includes(part)),
  ),
  member('charAt', overload([string, int], string, charAt)),
  member(
    'indexOf',
    overload([string, string], int, (text: string, part: string) => indexOf(text, part)),
    overload([string, string, int], int, (text: string, part: string, from: Integer) => indexOf(text, part, from)),
  ),
  member(
    'lastIndexOf',
    overload([string, string], int, (text: string, part: string) => lastIndexOf(text, part)),
    overload([string, string, int], int, (text: string, part: string, from: Integer) => lastIndexOf(text, part, from)),
  ),
  member(
    'substring',
    overload([string, int], string, (text: string, start: Integer) => substring(text, start)),
    overload([string, int, int], string, (text: string, start: Integer, end: Integer) => substring(text, start, end)),
  ),
  member(
    'replace',
    overload([string, string, string], string, (text: string, from: string, to: string) => replace(text, from, to, -1)),
    overload([string, string, string, int], string, replace),
  ),
  member(
    'split',
    overload([string, string], strings, (text: string, separator: string) => split(text, separator, -1)),
    overload([string, string, int], strings, split),
  ),
  member(
    'join',
    overload([strings], string, (parts: readonly unknown[]) => join(parts, '')),
    overload([strings, string], string, join),
  ),
  member('trim', overload([string], string, trim)),
  member('lowerAscii', overload([string], string, lowerAscii)),
  member('upperAscii', overload([string], string, upperAscii)),
  member('reverse', overload([string], string, reverse)),
  global('strings.quote', overload([string], string, quote)),
];
