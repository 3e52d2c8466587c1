import { adapt } from '../adapt.ts';
import { celEquals } from '../equality.ts';
import { CelErrorValue, noSuchKey } from '../errors.ts';
import type { Frame } from '../frame.ts';
import { mapGet, mapHas, toMapKey, type MapLike } from '../maps.ts';
import { isNumeric, rawNumber } from '../numbers.ts';
import * as t from '../types.ts';
import { CelOptional, isError, none, type CelResult, type CelValue } from '../values.ts';
import { global, member, overload, type FunctionDef, type Implementation, type Overload } from './table.ts';

const A = t.param('A');
const B = t.param('B');
const listA = t.list(A);
const mapAB = t.map(A, B);

/** An element, or undefined when the index is outside the list or not integral. */
function elementAt(list: readonly unknown[], index: CelValue): CelResult | undefined {
  if (!isNumeric(index)) return undefined;
  const position = Number(rawNumber(index));
  return Number.isInteger(position) && position >= 0 && position < list.length ? adapt(list[position]) : undefined;
}

function indexList(list: readonly unknown[], index: CelValue): CelResult {
  const found = elementAt(list, index);
  return found === undefined ? outside(index) : found;
}

function outside(index: CelValue): CelErrorValue {
  return new CelErrorValue('noSuchKey', `index out of bounds: ${isNumeric(index) ? String(rawNumber(index)) : '?'}`);
}

function entryAt(map: MapLike, key: CelValue): CelResult | undefined {
  const stored = toMapKey(key);
  return stored === undefined ? undefined : mapGet(map, stored);
}

function indexMap(map: MapLike, key: CelValue): CelResult {
  const found = entryAt(map, key);
  return found === undefined ? noSuchKey(describeKey(key)) : found;
}

function describeKey(key: CelValue): string {
  const stored = toMapKey(key);
  return typeof stored === 'string' ? stored : String(stored ?? 'not a key type');
}

function lookUp(value: CelValue, key: CelValue): CelResult | undefined {
  return Array.isArray(value) ? elementAt(value as unknown[], key) : entryAt(value as MapLike, key);
}

function wrap(value: CelResult | undefined): CelResult {
  if (value === undefined) return none;
  return isError(value) ? value : new CelOptional(value);
}

/** Indexing what an optional holds gives an optional. */
function indexOptional(value: CelOptional, key: CelValue): CelResult {
  return value.value === undefined ? none : wrap(lookUp(value.value, key));
}

const indexTypes = [t.int, t.uint, t.double];

function ofLists(result: t.CelType, call: Implementation): Overload[] {
  return indexTypes.map((index) => overload([listA, index], result, call));
}

const throughOptional: readonly Overload[] = [
  overload([t.optional(listA), t.int], t.optional(A), indexOptional),
  overload([t.optional(mapAB), A], t.optional(B), indexOptional),
];

const index: FunctionDef = {
  ...global('_[_]', ...ofLists(A, indexList), overload([mapAB, A], B, indexMap), ...throughOptional),
  access: 'plain',
};

const indexOptionally: FunctionDef = {
  ...global(
    '_[?_]',
    ...ofLists(t.optional(A), (list: readonly unknown[], at: CelValue) => wrap(elementAt(list, at))),
    overload([mapAB, A], t.optional(B), (map: MapLike, key: CelValue) => wrap(entryAt(map, key))),
    ...throughOptional,
  ),
  access: 'optional',
};

function inList(value: CelValue, list: readonly unknown[], frame: Frame): CelResult {
  for (const raw of list) {
    const element = adapt(raw);
    const same = isError(element) ? element : celEquals(value, element, frame);
    if (same !== false) return same;
  }
  return false;
}

/** Membership in a constant list of strings is one look-up. */
function prepareInList(constants: readonly (CelValue | undefined)[]): Implementation {
  const list = constants[1];
  if (!Array.isArray(list) || !list.every((element) => typeof element === 'string')) return inList;
  const members: ReadonlySet<unknown> = new Set(list);
  return (value: CelValue) => members.has(value);
}

function inMap(key: CelValue, map: MapLike): boolean {
  const stored = toMapKey(key);
  return stored !== undefined && mapHas(map, stored);
}

const contains = global(
  '@in',
  { ...overload([A, listA], t.bool, inList), prepare: prepareInList },
  overload([A, mapAB], t.bool, inMap),
);

const numeric = [t.int, t.uint, t.double];

/** `==` and `!=`: any two values of one type, a value and null, and numbers of any types. */
function equality(name: string, sense: boolean): FunctionDef {
  const call = (a: CelValue, b: CelValue, frame: Frame): CelResult => {
    const same = celEquals(a, b, frame);
    return typeof same === 'boolean' ? same === sense : same;
  };
  const prepare = (constants: readonly (CelValue | undefined)[]): Implementation => {
    const constant = constants[1];
    // Strings, bools and null are equal to themselves only, so identity decides.
    const simple = typeof constant === 'string' || typeof constant === 'boolean' || constant === null;
    return simple ? (a: CelValue) => (a === constant) === sense : call;
  };
  const rows: [t.CelType, t.CelType][] = [
    [A, A],
    [A, t.nullType],
    [t.nullType, A],
    ...numeric.flatMap((a) => numeric.filter((b) => b !== a).map((b): [t.CelType, t.CelType] => [a, b])),
  ];
  return {
    ...global(name, ...rows.map((params) => ({ ...overload(params, t.bool, call), prepare }))),
    expects: 'two values of one type, two numbers, or null',
  };
}

/** agentgateway lets lists, maps and bytes answer to the name that strings use. */
const containsMember = member(
  'contains',
  overload([listA, A], t.bool, (list: readonly unknown[], value: CelValue, frame: Frame) => inList(value, list, frame)),
  overload([mapAB, A], t.bool, (map: MapLike, key: CelValue) => inMap(key, map)),
  overload([t.bytes, t.bytes], t.bool, (bytes: Uint8Array, part: Uint8Array) => Buffer.from(bytes).includes(part)),
);

/** Equality, membership and indexing. */
export const access: readonly FunctionDef[] = [
  equality('_==_', true),
  equality('_!=_', false),
  contains,
  containsMember,
  index,
  indexOptionally,
];
