/** The handles that code on the request's way holds: an addition in shared memory and nothing else. */

/** A number that only grows. */
export class Counter {
  readonly #cells: Float64Array;
  readonly #cell: number;

  constructor(cells: Float64Array, cell: number) {
    this.#cells = cells;
    this.#cell = cell;
  }

  /** Adds `n`; what is not above 0 is ignored, so that a counter never goes back. */
  add(n = 1): void {
    if (n > 0) this.#cells[this.#cell]! += n;
  }
}

/** A number that goes up and down; the gauges of all live threads are added up. */
export class Gauge {
  readonly #cells: Float64Array;
  readonly #cell: number;

  constructor(cells: Float64Array, cell: number) {
    this.#cells = cells;
    this.#cell = cell;
  }

  set(value: number): void {
    this.#cells[this.#cell] = value;
  }

  add(n: number): void {
    this.#cells[this.#cell]! += n;
  }
}

/** A distribution over fixed buckets. */
export class Histogram {
  readonly #cells: Float64Array;
  readonly #cell: number;
  readonly #bounds: Float64Array;

  constructor(cells: Float64Array, cell: number, bounds: Float64Array) {
    this.#cells = cells;
    this.#cell = cell;
    this.#bounds = bounds;
  }

  /** Counts `value` in the first bucket whose bound it does not exceed; NaN is ignored. */
  observe(value: number): void {
    if (value !== value) return;
    const bounds = this.#bounds;
    const count = bounds.length;
    let i = 0;
    while (i < count && value > bounds[i]!) i++;
    this.#cells[this.#cell + i]! += 1;
    this.#cells[this.#cell + count + 1]! += value;
  }
}
