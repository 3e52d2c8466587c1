/** Where a series' numbers are. */
export interface Place {
  readonly slab: number;
  readonly cells: Float64Array;
  readonly cell: number;
}

const slabCells = 4096;

/**
 * Hands out runs of numbers in shared memory. One thread writes each slab, so additions need no atomics; a reader in
 * another thread sees whole numbers because they are aligned. Space runs out never: a further slab is added.
 */
export class Slabs {
  readonly #onSlab: (slab: number, buffer: SharedArrayBuffer) => void;
  #count = 0;
  #cells: Float64Array = new Float64Array(0);
  #used = 0;

  /** @param onSlab Told of every slab before a place in it is given out. */
  constructor(onSlab: (slab: number, buffer: SharedArrayBuffer) => void) {
    this.#onSlab = onSlab;
  }

  /** `size` zeroes that belong to the caller for good. */
  take(size: number): Place {
    if (this.#used + size > this.#cells.length) {
      const buffer = new SharedArrayBuffer(Math.max(slabCells, size) * Float64Array.BYTES_PER_ELEMENT);
      this.#cells = new Float64Array(buffer);
      this.#used = 0;
      this.#onSlab(this.#count++, buffer);
    }
    const place = { slab: this.#count - 1, cells: this.#cells, cell: this.#used };
    this.#used += size;
    return place;
  }
}
