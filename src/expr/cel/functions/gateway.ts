import { random, uuid } from '../../../base/random.ts';
import { adapt } from '../adapt.ts';
import { CelErrorValue, invalid, noSuchKey } from '../errors.ts';
import { CelFlatten, flattenType } from '../flatten.ts';
import { keyValue, mapGet, mapKeys, MapBuilder, type MapLike } from '../maps.ts';
import { toJsonText } from '../output.ts';
import { decodeUtf8 } from '../text.ts';
import * as t from '../types.ts';
import { CelDouble, isError, type CelResult, type CelValue } from '../values.ts';
import { decodeBase64 } from './encoders.ts';
import { lazyForms } from './lazy.ts';
import { global, member, overload, type Callable } from './table.ts';

const A = t.param('A');
const B = t.param('B');
const { string, bytes, dyn, map, list } = t;

const longInteger = /\d{16}/;

/** Integers that a JS number would round stay exact. */
function keepExact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const { source } = context ?? {};
  if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value;
  return /^-?\d{16,20}$/.test(source) ? exactInteger(value, BigInt(source)) : value;
}

function exactInteger(rounded: number, exact: bigint): number | bigint {
  const fits = BigInt.asIntN(64, exact) === exact || BigInt.asUintN(64, exact) === exact;
  return fits ? exact : rounded;
}

function parseJson(text: string): CelResult {
  try {
    const parsed: unknown = longInteger.test(text) ? JSON.parse(text, keepExact) : JSON.parse(text);
    return adapt(parsed);
  } catch (cause) {
    if (cause instanceof SyntaxError) return invalid('not valid JSON');
    // Nesting that exhausts the stack.
    if (cause instanceof RangeError) return invalid('the JSON is nested too deeply');
    throw cause;
  }
}

function jsonOf(value: string | Uint8Array): CelResult {
  const text = typeof value === 'string' ? value : decodeUtf8(value);
  return text === null ? invalid('not valid JSON: the bytes are not UTF-8') : parseJson(text);
}

function jsonField(value: string | Uint8Array, name: string): CelResult {
  const parsed = jsonOf(value);
  if (isError(parsed)) return parsed;
  const isRecord = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  const found = isRecord ? mapGet(parsed as MapLike, name) : undefined;
  return found === undefined ? noSuchKey(name) : found;
}

/** The claims of a JWT whose signature nobody has checked. */
function unvalidatedJwtPayload(token: string): CelResult {
  const parts = token.split('.');
  if (parts.length !== 3) return invalid(`not a JWT: expected 3 segments, found ${parts.length}`);
  const payload = decodeBase64(parts[1] as string, 'base64url');
  return payload === null ? invalid('not a JWT: the payload is not base64url') : jsonOf(payload);
}

function merge(first: MapLike, second: MapLike): CelResult {
  const merged = new MapBuilder();
  for (const source of [first, second]) {
    for (const key of mapKeys(source)) merged.set(key, keyValue(source, key), mapGet(source, key), true);
  }
  return merged.build();
}

function stripPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

function stripSuffix(text: string, suffix: string): string {
  return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
}

function toJson(value: CelValue): CelResult {
  return toJsonText(value);
}

function impure(callable: Callable): Callable {
  return { ...callable, pure: false };
}

function flattener(name: string, recursive: boolean): Callable {
  const flatten = (value: CelValue): CelResult => new CelFlatten(value, recursive);
  return global(name, overload([list(A)], flattenType, flatten), overload([map(A, B)], flattenType, flatten));
}

function fail(message: string): CelErrorValue {
  return new CelErrorValue('failed', message);
}

const jsonOverloads = [overload([string], dyn, jsonOf), overload([bytes], dyn, jsonOf)];

/** agentgateway's own functions; `with`, `mapValues` and `filterKeys` are macros. */
export const gatewayFunctions: readonly Callable[] = [
  ...lazyForms,
  global('json', ...jsonOverloads),
  global('jsonField', overload([string, string], dyn, jsonField), overload([bytes, string], dyn, jsonField)),
  global('toJson', { ...overload([A], string, toJson), weight: 4 }),
  // The name of older agentgateway releases, as flatten_recursive below.
  global('to_json', { ...overload([A], string, toJson), weight: 4 }),
  global('unvalidatedJwtPayload', overload([string], dyn, unvalidatedJwtPayload)),
  member('merge', overload([map(A, B), map(A, B)], map(A, B), merge)),
  flattener('flatten', false),
  flattener('flattenRecursive', true),
  flattener('flatten_recursive', true),
  member('stripPrefix', overload([string, string], string, stripPrefix)),
  member('stripSuffix', overload([string, string], string, stripSuffix)),
  impure(
    global(
      'random',
      overload([], t.double, () => new CelDouble(random())),
    ),
  ),
  impure(
    global(
      'uuid',
      overload([], string, () => uuid()),
    ),
  ),
  impure(
    global(
      'fail',
      overload([], dyn, () => fail('fail() was called')),
      overload([string], dyn, fail),
    ),
  ),
];
