import { randomKey } from '../../base/random.ts';
import { KeyHash } from './key-hash.ts';
import { reclaimLocks, SharedLocks } from './locks.ts';

/** How much room a table has; the same in every worker. */
export interface TableShape {
  /** About how many keys have cells of their own at once; 0: all keys share one place. */
  readonly keys: number;
  /** Numbers that are kept for each. */
  readonly cells: number;
}

/** Memory that workers share, and which of them works with it here. */
export interface SharedArea {
  readonly buffer: SharedArrayBuffer;
  readonly worker: number;
  /** How many there are. */
  readonly workers: number;
}

/** What a table needs to know of the cells that it gives out. Called with the lock of their group held. */
export interface Occupancy {
  /** What stands there is the same as nothing: its place can be given to another key. */
  isFree(at: number): boolean;
  /**
   * A key gets the cells from `at` on; false where it must go on with `shared`.
   * @param shared The cells that keys share which have none of their own.
   */
  begin(at: number, shared: number): boolean;
}

/** Places in a group of which one lock guards all: few enough to be looked through, enough that hardly any group is full. */
const ways = 64;
/** Keys that a group has on average when the table holds as many as it is for. */
const fill = 24;

/** In 32-bit cells: groups, places of each, numbers of each, that it is a table, the secret. */
const headerWords = 16;
/** Stands in the fourth cell of a table that is in use: other memory of areas looks otherwise. */
const tableMark = 0x57_74_61_62;

/**
 * Numbers by key, in memory that all workers share: a fixed number of places in groups, found by a keyed hash of 64 bits.
 * A key keeps its place until what stands there is as good as nothing and another key needs it; keys that find no place
 * share one in their group.
 */
export class KeyedTable {
  /** The numbers; those of a key start where {@link enter} says. */
  readonly cells: Float64Array;
  readonly #locks: SharedLocks;
  readonly #tags: Uint32Array;
  readonly #hash: KeyHash;
  readonly #groups: number;
  readonly #ways: number;
  readonly #width: number;
  #group = 0;

  /** @param area As long as {@link bytesOf} says, zeros at first. */
  constructor({ buffer, worker }: SharedArea, shape: TableShape) {
    const { groups, places } = layoutOf(shape);
    const header = tableHeader(buffer);
    this.#groups = groups;
    this.#ways = places;
    this.#width = shape.cells;
    this.#locks = new SharedLocks(lockCells(buffer, groups), worker);
    this.#tags = new Uint32Array(buffer, (headerWords + even(groups)) * 4, groups * places * 2);
    this.cells = new Float64Array(buffer, (headerWords + even(groups) + groups * places * 2) * 4);
    this.#locks.acquire(0);
    if (header[3] !== tableMark) {
      header.set([groups, places, shape.cells, tableMark, ...new Int32Array(randomKey(8).slice().buffer)]);
    }
    this.#locks.release(0);
    this.#hash = new KeyHash(header[4] ?? 0, header[5] ?? 0);
  }

  /** Size of the memory of a table. */
  static bytesOf(shape: TableShape): number {
    const { groups, places } = layoutOf(shape);
    return (headerWords + even(groups) + groups * places * 2) * 4 + groups * (places + 1) * shape.cells * 8;
  }

  /** What a table that is in use is made of. */
  static parts(buffer: SharedArrayBuffer): {
    readonly cells: Float64Array;
    readonly locks: Int32Array;
    readonly groups: number;
    readonly perGroup: number;
  } {
    const [groups = 0, places = 0] = tableHeader(buffer);
    const cells = new Float64Array(buffer, (headerWords + even(groups) + groups * places * 2) * 4);
    return { cells, locks: lockCells(buffer, groups), groups, perGroup: places + 1 };
  }

  /** Where the cells of `key` are. They are locked until {@link leave}: do nothing in between that waits or throws. */
  enter(key: string, occupancy: Occupancy): number {
    if (this.#ways === 0) {
      this.#locks.acquire(0);
      return 0;
    }
    this.#hash.of(key);
    // 0 stands for a place that nobody ever had.
    const low = this.#hash.low === 0 ? 1 : this.#hash.low;
    const { high } = this.#hash;
    const group = high & (this.#groups - 1);
    this.#locks.acquire(group);
    this.#group = group;
    return this.#find(group, low, high, occupancy);
  }

  /** Gives the cells of the last {@link enter} back. */
  leave(): void {
    this.#locks.release(this.#group);
  }

  /** True for the cells that several keys of a group share. */
  isShared(at: number): boolean {
    return at === this.#sharedOf(this.#group);
  }

  #find(group: number, low: number, high: number, occupancy: Occupancy): number {
    const tags = this.#tags;
    const places = this.#ways;
    const first = group * places * 2;
    let used = 0;
    for (; used < places; used++) {
      const tag = first + used * 2;
      if (tags[tag] === low && tags[tag + 1] === high) return this.#cellsOf(group, used);
      if (tags[tag] === 0) break;
    }
    const shared = this.#sharedOf(group);
    let place = 0;
    while (place < used && !occupancy.isFree(this.#cellsOf(group, place))) place++;
    if (place === places) return shared;
    const at = this.#cellsOf(group, place);
    // A worker may be lost between any two of these: what stands there then is as good as nothing, whoever's it is.
    if (!occupancy.begin(at, shared)) return shared;
    tags[first + place * 2] = low;
    tags[first + place * 2 + 1] = high;
    return at;
  }

  #cellsOf(group: number, place: number): number {
    return (group * (this.#ways + 1) + place) * this.#width;
  }

  #sharedOf(group: number): number {
    return this.#cellsOf(group, this.#ways);
  }
}

/** The first cells of a table; those from the seventh on are for whoever uses it. */
export function tableHeader(buffer: SharedArrayBuffer): Int32Array {
  return new Int32Array(buffer, 0, headerWords);
}

/** Frees what a lost worker held of a table's locks. */
export function reclaimTable(buffer: SharedArrayBuffer, worker: number): void {
  if (!isTable(buffer)) return;
  reclaimLocks(lockCells(buffer, tableHeader(buffer)[0] ?? 0), worker);
}

/** False for memory of something else, and for a table that no worker has opened. */
export function isTable(buffer: SharedArrayBuffer): boolean {
  return buffer.byteLength > headerWords * 4 && tableHeader(buffer)[3] === tableMark;
}

function lockCells(buffer: SharedArrayBuffer, groups: number): Int32Array {
  return new Int32Array(buffer, headerWords * 4, groups);
}

function layoutOf({ keys }: TableShape): { readonly groups: number; readonly places: number } {
  if (keys === 0) return { groups: 1, places: 0 };
  return { groups: 2 ** Math.max(0, Math.ceil(Math.log2(keys / fill))), places: ways };
}

/** Numbers of 64 bits start at a multiple of eight bytes. */
function even(words: number): number {
  return words + (words & 1);
}
