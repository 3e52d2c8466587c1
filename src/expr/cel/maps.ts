import { adapt } from './adapt.ts';
import { rawNumber, isNumeric } from './numbers.ts';
import { CelBoxed, CelMap, CelObject, CelUint, type CelResult, type CelValue, type MapKey } from './values.ts';

/** A value that CEL sees as a map. */
export type MapLike = CelMap | CelObject | { readonly [key: string]: unknown };

/** Whether the value is a record of plain JS, which CEL sees as a map with string keys. */
export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof CelBoxed) &&
    !(value instanceof Uint8Array)
  );
}

/** Whether the value is a map of any representation. */
export function isMap(value: unknown): value is MapLike {
  return value instanceof CelObject || value instanceof CelMap || isRecord(value);
}

/** The stored form of a map key, or undefined when a value of this type cannot be one (or be found as one). */
export function toMapKey(value: CelValue): MapKey | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (!isNumeric(value)) return undefined;
  const raw = rawNumber(value);
  if (typeof raw === 'bigint' || Number.isSafeInteger(raw)) return raw;
  return Number.isInteger(raw) ? BigInt(raw) : undefined;
}

/** The value under a key, or undefined when there is none. */
export function mapGet(map: MapLike, key: MapKey): CelResult | undefined {
  const found = mapGetRaw(map, key);
  return found === undefined ? undefined : adapt(found);
}

/** As {@link mapGet}, but not adapted. */
export function mapGetRaw(map: MapLike, key: MapKey): unknown {
  if (map instanceof CelMap) return map.entries.get(key);
  if (typeof key !== 'string') return undefined;
  if (map instanceof CelObject) return map.field(key);
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Whether the map has the key. */
export function mapHas(map: MapLike, key: MapKey): boolean {
  if (map instanceof CelMap) return map.entries.has(key);
  if (typeof key !== 'string') return false;
  if (map instanceof CelObject) return map.has(key);
  return Object.hasOwn(map, key) && map[key] !== undefined;
}

/** The number of entries. */
export function mapSize(map: MapLike): number {
  return map instanceof CelMap ? map.entries.size : mapKeys(map).length;
}

/** Every key in stored form, in order. */
export function mapKeys(map: MapLike): MapKey[] {
  if (map instanceof CelMap) return [...map.entries.keys()];
  if (map instanceof CelObject) return [...map.keys()];
  return Object.keys(map).filter((key) => map[key] !== undefined);
}

/** A key in stored form as the CEL value that it was written as. */
export function keyValue(map: MapLike, key: MapKey): CelValue {
  if (map instanceof CelMap && map.uintKeys !== null && map.uintKeys.has(key)) {
    return new CelUint(key as number | bigint);
  }
  return key;
}

/** Collects entries into a map, keeping how each key was written. */
export class MapBuilder {
  readonly #entries: Map<MapKey, unknown> = new Map();
  #uintKeys: Set<MapKey> | null = null;

  /** Sets an entry; false when the key is already there (the entry stays as it was unless `replace`). */
  set(key: MapKey, written: CelValue, value: unknown, replace = false): boolean {
    const known = this.#entries.has(key);
    if (known && !replace) return false;
    this.#entries.set(key, value);
    if (!known && written instanceof CelUint) (this.#uintKeys ??= new Set()).add(key);
    return true;
  }

  build(): CelMap {
    return new CelMap(this.#entries, this.#uintKeys);
  }
}
