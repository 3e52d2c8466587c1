import { GatewayError } from '../../base/errors.ts';

/** Tries before a thread goes to sleep: what a lock guards takes less than a microsecond. */
const spins = 100;
const napMs = 5;
/** The holder has not run for as long: it is dead and nobody has noticed, or the machine stands still. */
const patienceMs = 2000;

/**
 * Locks that threads share, one 32-bit cell each: 0 is free, w + 1 is held by worker w, and minus that while another
 * thread may sleep for it. What a lost worker held is given back by {@link reclaimLocks}.
 */
export class SharedLocks {
  readonly #cells: Int32Array;
  readonly #mine: number;

  constructor(cells: Int32Array, worker: number) {
    this.#cells = cells;
    this.#mine = worker + 1;
  }

  /** Takes a lock; only for work that waits for nothing. @throws GatewayError `rateLimitFailed` when nobody gives it back. */
  acquire(index: number): void {
    if (Atomics.compareExchange(this.#cells, index, 0, this.#mine) !== 0) this.#wait(index);
  }

  release(index: number): void {
    if (Atomics.exchange(this.#cells, index, 0) < 0) Atomics.notify(this.#cells, index, 1);
  }

  #wait(index: number): void {
    const cells = this.#cells;
    for (let spin = 0; spin < spins; spin++) {
      if (Atomics.load(cells, index) === 0 && Atomics.compareExchange(cells, index, 0, this.#mine) === 0) return;
    }
    for (let waited = 0; waited < patienceMs; waited += napMs) {
      const held = Atomics.load(cells, index);
      // As if others slept, too: whoever releases it then wakes the next.
      if (held === 0 && Atomics.compareExchange(cells, index, 0, -this.#mine) === 0) return;
      if (held > 0) Atomics.compareExchange(cells, index, held, -held);
      if (held !== 0) Atomics.wait(cells, index, -Math.abs(held), napMs);
    }
    throw new GatewayError('rateLimitFailed', 'the memory that workers share for limits is locked');
  }
}

/** Frees the locks that a worker held that cannot run any more. */
export function reclaimLocks(cells: Int32Array, worker: number): void {
  for (let index = 0; index < cells.length; index++) {
    const held = Atomics.load(cells, index);
    if (Math.abs(held) !== worker + 1 || Atomics.compareExchange(cells, index, held, 0) !== held) continue;
    Atomics.notify(cells, index);
  }
}
