import { isTable, KeyedTable, tableHeader, type Occupancy, type SharedArea, type TableShape } from './keyed-table.ts';
import { SharedLocks } from './locks.ts';

/** Cells of a key: places taken, who waits; then for each worker its part of both and its first in line. */
const heldCell = 0;
const waitingCell = 1;
const firstWorker = 2;
const ofWorker = { held: 0, waiting: 1, priority: 2, since: 3 } as const;
const workerCells = 4;

/** In the header of the table: whose it is, so that a lost worker's part can be given back; how often places became free. */
const workersWord = 6;
const wakeWord = 7;

/** Who is first in line in a worker: the highest priority, then who waits longest. */
export interface Waiting {
  readonly priority: number;
  /** On the clock that workers share. */
  readonly since: number;
}

/**
 * Places that all workers share, so many for each key, and who waits for them. Who takes one gives it back; those of a lost
 * worker are given back by {@link reclaimPlaces}.
 */
export class SharedPlaces implements Occupancy {
  readonly #table: KeyedTable;
  readonly #cells: Float64Array;
  readonly #header: Int32Array;
  readonly #workers: number;
  readonly #own: number;
  readonly #max: number;

  /** @param max Places of each key. */
  constructor(area: SharedArea, keys: number, max: number) {
    this.#table = new KeyedTable(area, placesShape(keys, area.workers));
    this.#cells = this.#table.cells;
    this.#header = tableHeader(area.buffer);
    this.#workers = area.workers;
    this.#own = firstWorker + area.worker * workerCells;
    this.#max = max;
    Atomics.store(this.#header, workersWord, area.workers);
  }

  /** Takes a place when there is one and nobody waits. */
  tryTake(key: string): boolean {
    const at = this.#table.enter(key, this);
    const free = this.#cell(at, heldCell) < this.#max && this.#cell(at, waitingCell) === 0;
    if (free) this.#take(at);
    this.#table.leave();
    return free;
  }

  /** Gives a place back. */
  giveBack(key: string): void {
    const at = this.#table.enter(key, this);
    this.#add(at, heldCell, -1);
    this.#add(at, this.#own + ofWorker.held, -1);
    const waiting = this.#cell(at, waitingCell) > 0;
    this.#table.leave();
    if (waiting) this.#wake();
  }

  /** One more waits; false when `most` do already. @param first The first in line of this worker, with this one. */
  join(key: string, first: Waiting, most: number): boolean {
    const at = this.#table.enter(key, this);
    const room = this.#cell(at, waitingCell) < most;
    if (room) {
      this.#add(at, waitingCell, 1);
      this.#add(at, this.#own + ofWorker.waiting, 1);
      this.#publish(at, first);
    }
    this.#table.leave();
    return room;
  }

  /** One waits no more. @param first The first in line of this worker after it; null: there is none. */
  quit(key: string, first: Waiting | null): void {
    const at = this.#table.enter(key, this);
    this.#left(at, first);
    const others = this.#cell(at, waitingCell) > 0;
    this.#table.leave();
    // Who was not first may be now.
    if (others) this.#wake();
  }

  /**
   * Takes a place for the first in line of this worker, when there is one and no other worker's first comes before.
   * @param next Who is first in line after it.
   */
  advance(key: string, first: Waiting, next: Waiting | null): boolean {
    const at = this.#table.enter(key, this);
    const mayGo = this.#cell(at, heldCell) < this.#max && this.#isFirst(at, first);
    let more = false;
    if (mayGo) {
      this.#left(at, next);
      this.#take(at);
      more = this.#cell(at, waitingCell) > 0 && this.#cell(at, heldCell) < this.#max;
    }
    this.#table.leave();
    if (more) this.#wake();
    return mayGo;
  }

  /** How often anything changed that may let somebody go; to be read before {@link advance} is tried. */
  get changes(): number {
    return Atomics.load(this.#header, wakeWord);
  }

  /** Resolves when {@link changes} is not `seen` any more, at the latest after `ms`. */
  async changed(seen: number, ms: number): Promise<void> {
    const { value } = Atomics.waitAsync(this.#header, wakeWord, seen, ms);
    await value;
  }

  isFree(at: number): boolean {
    return this.#cell(at, heldCell) === 0 && this.#cell(at, waitingCell) === 0;
  }

  /** While somebody is in the shared cells, it may be this key's. */
  begin(at: number, shared: number): boolean {
    if (!this.isFree(shared)) return false;
    this.#cells.fill(0, at, at + firstWorker + this.#workers * workerCells);
    return true;
  }

  #isFirst(at: number, { priority, since }: Waiting): boolean {
    for (let worker = 0; worker < this.#workers; worker++) {
      const other = firstWorker + worker * workerCells;
      if (other === this.#own || this.#cell(at, other + ofWorker.waiting) === 0) continue;
      const theirs = this.#cell(at, other + ofWorker.priority);
      if (theirs > priority) return false;
      if (theirs === priority && this.#cell(at, other + ofWorker.since) < since) return false;
    }
    return true;
  }

  #take(at: number): void {
    this.#add(at, heldCell, 1);
    this.#add(at, this.#own + ofWorker.held, 1);
  }

  #left(at: number, first: Waiting | null): void {
    this.#add(at, waitingCell, -1);
    this.#add(at, this.#own + ofWorker.waiting, -1);
    if (first !== null) this.#publish(at, first);
  }

  #publish(at: number, { priority, since }: Waiting): void {
    this.#cells[at + this.#own + ofWorker.priority] = priority;
    this.#cells[at + this.#own + ofWorker.since] = since;
  }

  #wake(): void {
    wake(this.#header);
  }

  #cell(at: number, cell: number): number {
    return this.#cells[at + cell] ?? 0;
  }

  #add(at: number, cell: number, change: number): void {
    this.#cells[at + cell] = this.#cell(at, cell) + change;
  }
}

/** How much room places need. @param keys As for a {@link TableShape}. */
export function placesShape(keys: number, workers: number): TableShape {
  return { keys, cells: firstWorker + workers * workerCells };
}

/** Gives back what a lost worker held, and takes it out of all lines; does nothing for a table of something else. */
export function reclaimPlaces(buffer: SharedArrayBuffer, worker: number): void {
  if (!isTable(buffer)) return;
  const header = tableHeader(buffer);
  const workers = Atomics.load(header, workersWord);
  if (workers === 0) return;
  const { cells, groups, perGroup, locks } = KeyedTable.parts(buffer);
  // A number that no worker has.
  const guard = new SharedLocks(locks, workers);
  const width = firstWorker + workers * workerCells;
  const own = firstWorker + worker * workerCells;
  for (let group = 0; group < groups; group++) {
    guard.acquire(group);
    for (let place = 0; place < perGroup; place++) {
      const at = (group * perGroup + place) * width;
      for (const [total, part] of [
        [heldCell, ofWorker.held],
        [waitingCell, ofWorker.waiting],
      ] as const) {
        cells[at + total] = (cells[at + total] ?? 0) - (cells[at + own + part] ?? 0);
        cells[at + own + part] = 0;
      }
    }
    guard.release(group);
  }
  wake(header);
}

function wake(header: Int32Array): void {
  Atomics.add(header, wakeWord, 1);
  Atomics.notify(header, wakeWord);
}
