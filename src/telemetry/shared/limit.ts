/** Where a name is counted: the total, then each worker's share. Structured-cloneable. */
export interface SharedSlot {
  readonly buffer: SharedArrayBuffer;
  /** Of the total, in 32-bit cells; the share of worker w is at `index + 1 + w`. */
  readonly index: number;
  readonly workers: number;
}

/** One worker's handle to a limit that holds for the whole process, exactly. */
export class SharedLimit {
  readonly #cells: Int32Array;
  readonly #total: number;
  readonly #share: number;
  readonly #max: number;
  /** How many workers count. */
  readonly workers: number;

  /** @param max Most that may be held at once in the process; 0: no limit, the count is kept all the same. */
  constructor(slot: SharedSlot, worker: number, max: number) {
    if (worker < 0 || worker >= slot.workers) throw new RangeError(`there is no worker ${worker} of ${slot.workers}`);
    this.#cells = new Int32Array(slot.buffer);
    this.#total = slot.index;
    this.#share = slot.index + 1 + worker;
    this.workers = slot.workers;
    this.#max = max === 0 ? 0x7fffffff : max;
  }

  /** Takes `count`, unless that goes beyond the limit, or beyond `most` where the limit moves. */
  tryAcquire(count = 1, most: number = this.#max): boolean {
    const cells = this.#cells;
    // Compare and exchange, not add and take back: a refusal must not make another thread's attempt fail.
    for (let held = Atomics.load(cells, this.#total); held <= most - count;) {
      const before = Atomics.compareExchange(cells, this.#total, held, held + count);
      if (before === held) {
        Atomics.add(cells, this.#share, count);
        return true;
      }
      held = before;
    }
    return false;
  }

  /** Gives back `count` that this worker took; does nothing when it holds fewer. */
  release(count = 1): void {
    if (Atomics.load(this.#cells, this.#share) < count) return;
    Atomics.sub(this.#cells, this.#share, count);
    Atomics.sub(this.#cells, this.#total, count);
  }

  /** Most that may be held at once. */
  get maximum(): number {
    return this.#max;
  }

  /** Held by this worker now. */
  get share(): number {
    return Atomics.load(this.#cells, this.#share);
  }

  /** Held in the whole process now. */
  get value(): number {
    return Atomics.load(this.#cells, this.#total);
  }
}
