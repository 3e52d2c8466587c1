import type { SharedSlot } from './limit.ts';

/** A number in memory that all workers share: a 32-bit integer, 0 at first. The slot must serve nothing else. */
export class SharedCell {
  readonly #cells: Int32Array;
  readonly #index: number;

  constructor(slot: SharedSlot) {
    this.#cells = new Int32Array(slot.buffer);
    this.#index = slot.index;
  }

  get(): number {
    return Atomics.load(this.#cells, this.#index);
  }

  set(value: number): void {
    Atomics.store(this.#cells, this.#index, value);
  }

  /** Replaces the value by what `change` makes of it, exactly once whatever other workers do; gives the new one. */
  update(change: (value: number) => number): number {
    for (let value = this.get(); ;) {
      const next = change(value);
      const before = Atomics.compareExchange(this.#cells, this.#index, value, next);
      if (before === value) return next;
      value = before;
    }
  }
}
