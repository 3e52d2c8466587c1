import { adapt } from './adapt.ts';
import type { Frame } from './frame.ts';
import { keyValue, mapGet, mapKeys, type MapLike } from './maps.ts';
import type { CelResult, CelValue, MapKey } from './values.ts';

/** What a comprehension runs over: the elements of a list or the entries of a map. */
export interface Items {
  readonly size: number;
  /** The index or key of an item. */
  key(index: number): CelValue;
  /** The value of an item. */
  value(index: number): CelResult;
  /** What a one-variable macro binds: a list's element, a map's key. */
  single(index: number): CelResult;
}

/** The elements of a list. */
export class ListItems implements Items {
  readonly #list: readonly unknown[];
  readonly size: number;
  constructor(list: readonly unknown[]) {
    this.#list = list;
    this.size = list.length;
  }
  key(index: number): CelValue {
    return index;
  }
  value(index: number): CelResult {
    return adapt(this.#list[index]);
  }
  single(index: number): CelResult {
    return adapt(this.#list[index]);
  }
}

/** The entries of a map. */
export class MapItems implements Items {
  readonly #map: MapLike;
  readonly #keys: readonly MapKey[];
  readonly size: number;
  constructor(map: MapLike) {
    this.#map = map;
    this.#keys = mapKeys(map);
    this.size = this.#keys.length;
  }
  key(index: number): CelValue {
    return keyValue(this.#map, this.#keys[index] as MapKey);
  }
  value(index: number): CelResult {
    return mapGet(this.#map, this.#keys[index] as MapKey) ?? null;
  }
  single(index: number): CelResult {
    return this.key(index);
  }
}

/** Puts an item into the slots of a loop's variables. */
export type Bind = (frame: Frame, items: Items, index: number) => void;
