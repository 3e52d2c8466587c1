import { hashText } from '../../../net/balance/hash.ts';
import type { SharedCell } from '../../../telemetry/shared/cell.ts';

/** Places in shared memory for what is known of addresses that nobody knew when the memory was laid out. */
export class Seats {
  readonly #owners: readonly SharedCell[];
  readonly #clear: (seat: number) => void;

  /**
   * @param owners One cell for each seat.
   * @param clear Forgets what is known of whoever had the seat.
   */
  constructor(owners: readonly SharedCell[], clear: (seat: number) => void) {
    this.#owners = owners;
    this.#clear = clear;
  }

  /**
   * The seat of `name`, the same in every worker: its own, or a free one, or that of one not among `others`. When all
   * are taken it shares one.
   */
  of(name: string, others: readonly string[]): number {
    const mark = markOf(name);
    const count = this.#owners.length;
    const start = (mark >>> 0) % count;
    const order = Array.from({ length: count }, (_, step) => (start + step) % count);
    const own = order.find((seat) => this.#owners[seat]?.get() === mark);
    if (own !== undefined) return own;
    const staying = new Set(others.map(markOf));
    for (const mayTake of [(held: number) => held === 0, (held: number) => held !== 0 && !staying.has(held)]) {
      for (const seat of order) {
        const held = this.#owners[seat]?.get() ?? 0;
        if (held === mark) return seat;
        if (!mayTake(held) || this.#owners[seat]?.update((value) => (value === held ? mark : value)) !== mark) continue;
        if (held !== 0) this.#clear(seat);
        return seat;
      }
    }
    return start;
  }
}

/** Not 0: that is a free seat. */
function markOf(name: string): number {
  const mark = hashText(name) | 0;
  return mark === 0 ? 1 : mark;
}
