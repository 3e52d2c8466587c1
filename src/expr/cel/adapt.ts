import { CelErrorValue } from './errors.ts';
import { toInt, toUint } from './numbers.ts';
import { timestampFromMs } from './time.ts';
import { CelBoxed, CelDouble, CelMap, type CelResult, type CelValue } from './values.ts';
import type { MapKey } from './values.ts';

/**
 * A CEL value from a plain JS one. JSON numbers become int when they are safe integers, else double; a bigint becomes
 * int, or uint beyond int's range; Date, Map and Set become timestamp, map and list; undefined becomes null. Arrays and
 * records are not copied: what is in them is adapted when it is read. A CEL value stays itself.
 */
export function adapt(value: unknown): CelResult {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isSafeInteger(value) ? value + 0 : new CelDouble(value);
    case 'object':
      return value === null ? null : adaptObject(value);
    case 'bigint':
      return adaptBigint(value);
    default:
      return null;
  }
}

function adaptObject(value: object): CelResult {
  if (Array.isArray(value) || value instanceof CelBoxed || value instanceof Uint8Array) return value as CelValue;
  if (value instanceof Date) return timestampFromMs(value.getTime());
  if (value instanceof Map) return new CelMap(value as ReadonlyMap<MapKey, unknown>);
  if (value instanceof Set) return [...(value as ReadonlySet<unknown>)];
  return value as CelResult;
}

function adaptBigint(value: bigint): CelResult {
  const int = toInt(value);
  return int instanceof CelErrorValue ? toUint(value) : int;
}
