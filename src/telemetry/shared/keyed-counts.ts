import { isTable, KeyedTable, tableHeader, type Occupancy, type SharedArea, type TableShape } from './keyed-table.ts';
import { SharedLocks } from './locks.ts';

/** Cells of a key: what all workers hold, then what each of them does. */
const heldCell = 0;
const firstWorker = 1;

/** In the header of the table: how many workers count in it. Places have their number elsewhere. */
const workersWord = 8;

/** What came of one more: it is held; the key has as many as it may; or there is no room to count it, and it is not held. */
export type Counted = 'held' | 'full' | 'noRoom';

/** Counts that all workers share, one for each key, up to a maximum. What a lost worker held is given back by {@link reclaimCounts}. */
export class KeyedCounts implements Occupancy {
  readonly #table: KeyedTable;
  readonly #cells: Float64Array;
  readonly #own: number;
  readonly #width: number;
  readonly #max: number;

  /** @param max The most of each key. */
  constructor(area: SharedArea, keys: number, max: number) {
    this.#table = new KeyedTable(area, countsShape(keys, area.workers));
    this.#cells = this.#table.cells;
    this.#own = firstWorker + area.worker;
    this.#width = firstWorker + area.workers;
    this.#max = max;
    Atomics.store(tableHeader(area.buffer), workersWord, area.workers);
  }

  /** One more of `key`. */
  take(key: string): Counted {
    const at = this.#table.enter(key, this);
    let counted: Counted = 'noRoom';
    // Keys that have to share would take each other's.
    if (!this.#table.isShared(at)) {
      counted = this.#held(at) < this.#max ? 'held' : 'full';
      if (counted === 'held') this.#add(at, 1);
    }
    this.#table.leave();
    return counted;
  }

  /** One less of `key`, of those that are held. */
  giveBack(key: string): void {
    this.#add(this.#table.enter(key, this), -1);
    this.#table.leave();
  }

  isFree(at: number): boolean {
    return this.#held(at) === 0;
  }

  begin(at: number): boolean {
    this.#cells.fill(0, at, at + this.#width);
    return true;
  }

  #held(at: number): number {
    return this.#cells[at + heldCell] ?? 0;
  }

  #add(at: number, change: number): void {
    this.#cells[at + heldCell] = this.#held(at) + change;
    this.#cells[at + this.#own] = (this.#cells[at + this.#own] ?? 0) + change;
  }
}

/** How much room counts need. @param keys As for a {@link TableShape}. */
export function countsShape(keys: number, workers: number): TableShape {
  return { keys, cells: firstWorker + workers };
}

/** Gives back what a lost worker held; does nothing for a table of something else. */
export function reclaimCounts(buffer: SharedArrayBuffer, worker: number): void {
  if (!isTable(buffer)) return;
  const workers = Atomics.load(tableHeader(buffer), workersWord);
  if (workers === 0) return;
  const { cells, groups, perGroup, locks } = KeyedTable.parts(buffer);
  // A number that no worker has.
  const guard = new SharedLocks(locks, workers);
  for (let group = 0; group < groups; group++) {
    guard.acquire(group);
    for (let place = 0; place < perGroup; place++) {
      const at = (group * perGroup + place) * (firstWorker + workers);
      const own = at + firstWorker + worker;
      cells[at + heldCell] = (cells[at + heldCell] ?? 0) - (cells[own] ?? 0);
      cells[own] = 0;
    }
    guard.release(group);
  }
}
