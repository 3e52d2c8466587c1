import { reclaimCounts } from './keyed-counts.ts';
import { reclaimTable } from './keyed-table.ts';
import type { SharedSlot } from './limit.ts';
import { reclaimPlaces } from './places.ts';

/** Names per block of shared memory. */
const blockNames = 64;

/**
 * The main thread's directory of process-wide counts: a name leads to a slot in shared memory that every worker can
 * count in (see {@link SharedSlot} and `SharedLimit`). What a worker holds is known, so that its loss gives it back.
 */
export class SharedCounters {
  readonly #workers: number;
  readonly #slots = new Map<string, SharedSlot>();
  readonly #free: SharedSlot[] = [];
  /** Memory of names that need more than a count. */
  readonly #areas = new Map<string, SharedSlot>();

  /** @param workers How many workers count; they are numbered from 0. */
  constructor(workers: number) {
    if (!Number.isInteger(workers) || workers < 1) throw new RangeError(`${workers} is not a number of workers`);
    this.#workers = workers;
  }

  /** The slot of this name, made at the first call; hand it to every worker. */
  slot(name: string): SharedSlot {
    let slot = this.#slots.get(name);
    if (slot === undefined) {
      if (this.#free.length === 0) this.#addBlock();
      this.#slots.set(name, (slot = this.#free.pop()!));
    }
    return slot;
  }

  /** Memory of its own for a `KeyedTable` of this name, made at the first call: zeros. */
  area(name: string, bytes: number): SharedArrayBuffer {
    let area = this.#areas.get(name);
    if (area === undefined) {
      area = { buffer: new SharedArrayBuffer(bytes), index: 0, workers: this.#workers };
      this.#areas.set(name, area);
    }
    return area.buffer;
  }

  /** All names and slots, those of areas included; structured-cloneable. */
  directory(): ReadonlyMap<string, SharedSlot> {
    return new Map([...this.#slots, ...this.#areas]);
  }

  /** What all workers together hold of this name. */
  value(name: string): number {
    const slot = this.#slots.get(name);
    return slot === undefined ? 0 : Atomics.load(new Int32Array(slot.buffer), slot.index);
  }

  /** Forgets a name whose count is 0, so that its slot can serve another; false when somebody holds it. */
  release(name: string): boolean {
    const slot = this.#slots.get(name);
    // Who still works with an area holds its memory itself.
    if (slot === undefined) return this.#areas.delete(name) || true;
    const cells = new Int32Array(slot.buffer);
    for (let i = slot.index; i <= slot.index + slot.workers; i++) if (Atomics.load(cells, i) !== 0) return false;
    this.#slots.delete(name);
    this.#free.push(slot);
    return true;
  }

  /** Gives back everything that a worker held. Call it once the worker cannot run any more; its number can be reused. */
  reclaim(worker: number): void {
    for (const { buffer, index } of this.#slots.values()) {
      const cells = new Int32Array(buffer);
      Atomics.sub(cells, index, Atomics.exchange(cells, index + 1 + worker, 0));
    }
    for (const { buffer } of this.#areas.values()) {
      reclaimTable(buffer, worker);
      reclaimPlaces(buffer, worker);
      reclaimCounts(buffer, worker);
    }
  }

  #addBlock(): void {
    const width = 1 + this.#workers;
    const buffer = new SharedArrayBuffer(blockNames * width * Int32Array.BYTES_PER_ELEMENT);
    for (let i = blockNames - 1; i >= 0; i--) {
      this.#free.push({ buffer, index: i * width, workers: this.#workers });
    }
  }
}
