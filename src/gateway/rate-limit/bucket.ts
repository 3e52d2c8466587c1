import type { Occupancy } from '../../telemetry/shared/keyed-table.ts';

/** A token bucket: full at first; at every interval some tokens are added, up to `maxTokens`. */
export interface BucketRule {
  readonly maxTokens: number;
  readonly tokensPerFill: number;
  readonly fillIntervalMs: number;
}

/** Cells of a bucket: how many tokens it lacks of being full, and when it was last filled (0: never used). */
const debtCell = 0;
const filledCell = 1;
/** How many marks there are, then each as time and tokens. */
const countCell = 2;
const firstMark = 3;
const maxMarks = 6;

/** Cells of a bucket whose tokens are all spent for good, and of one that takes tokens back. */
export const plainCells = 2;
export const markedCells: number = firstMark + 2 * maxMarks;

/**
 * The arithmetic of token buckets, in cells that workers share; who calls holds their lock. It counts what is missing, not
 * what is there: at most `maxTokens`, more only where more was used than was known before.
 *
 * Tokens that were reserved and not used come back as if they had never been taken. So none may come back that a full
 * bucket would have lost since, or a later interval would get more than its share. A bucket with marks remembers for that
 * how near to full it has been: each mark is the time of a fill and the debt then, both rising; older than the last of a
 * debt, a mark says nothing more.
 */
export class Buckets implements Occupancy {
  readonly #cells: Float64Array;
  readonly #max: number;
  readonly #perFill: number;
  readonly #intervalMs: number;
  readonly #marked: boolean;
  /** Of the operation under way. */
  #now = 0;

  constructor(cells: Float64Array, rule: BucketRule, marked: boolean) {
    this.#cells = cells;
    this.#max = rule.maxTokens;
    this.#perFill = rule.tokensPerFill;
    this.#intervalMs = rule.fillIntervalMs;
    this.#marked = marked;
  }

  /** The time of the next operations, in milliseconds above 0; before any other call. */
  at(nowMs: number): void {
    this.#now = nowMs;
  }

  /** Adds the fills that are due. */
  fill(at: number): void {
    const cells = this.#cells;
    const filled = cells[at + filledCell] ?? 0;
    if (filled === 0) return this.#start(at);
    const fills = Math.floor((this.#now - filled) / this.#intervalMs);
    // Clocks of threads differ by less than a microsecond, which may be one fill.
    if (fills <= 0) return;
    const time = filled + fills * this.#intervalMs;
    const debt = Math.max(0, (cells[at + debtCell] ?? 0) - fills * this.#perFill);
    // In an order in which the loss of the thread can only lose tokens.
    if (this.#marked) this.#mark(at, time, debt);
    cells[at + filledCell] = time;
    cells[at + debtCell] = debt;
  }

  /** Tokens there are, after {@link fill}; negative where more was used than there was. */
  available(at: number): number {
    return this.#max - (this.#cells[at + debtCell] ?? 0);
  }

  /** Takes tokens, there or not. */
  take(at: number, tokens: number): void {
    this.#cells[at + debtCell] = (this.#cells[at + debtCell] ?? 0) + tokens;
  }

  /** When the bucket was last filled: {@link giveBack} wants to know it of the time of the reservation. */
  filledAt(at: number): number {
    return this.#cells[at + filledCell] ?? 0;
  }

  /** Puts tokens back that were taken after the fill of `since` and not used, as far as the bucket has room for them. */
  giveBack(at: number, tokens: number, since: number): void {
    const cells = this.#cells;
    const debt = cells[at + debtCell] ?? 0;
    const filled = cells[at + filledCell] ?? 0;
    if (filled === since) {
      cells[at + debtCell] = debt - Math.min(tokens, debt);
      return;
    }
    if (!this.#marked) return;
    const count = cells[at + countCell] ?? 0;
    let first = 0;
    while (first < count && (cells[at + firstMark + 2 * first] ?? 0) <= since) first++;
    const room = first < count ? (cells[at + firstMark + 2 * first + 1] ?? 0) : debt;
    const back = Math.min(tokens, room, debt);
    if (back <= 0) return;
    for (let i = first; i < count; i++) {
      const cell = at + firstMark + 2 * i + 1;
      cells[cell] = (cells[cell] ?? 0) - back;
    }
    cells[at + debtCell] = debt - back;
    this.#forget(at, first, count);
  }

  /** Milliseconds until `tokens` are there; 0 when they never will be. */
  waitFor(at: number, tokens: number): number {
    const fills = Math.max(1, Math.ceil((tokens - this.available(at)) / this.#perFill));
    return Number.isFinite(fills) ? fills * this.#intervalMs - (this.#now - this.filledAt(at)) : 0;
  }

  /** A full bucket is as good as none. */
  isFree(at: number): boolean {
    const filled = this.#cells[at + filledCell] ?? 0;
    if (filled === 0) return true;
    const fills = Math.max(0, Math.floor((this.#now - filled) / this.#intervalMs));
    return (this.#cells[at + debtCell] ?? 0) <= fills * this.#perFill;
  }

  /** A key that may have spent of the shared bucket goes on with what was left there. */
  begin(at: number, shared: number): boolean {
    this.fill(shared);
    const debt = this.#cells[shared + debtCell] ?? 0;
    if (debt === 0) this.#start(at);
    else this.#cells.copyWithin(at, shared, shared + (this.#marked ? markedCells : plainCells));
    return true;
  }

  /** A full bucket: what was taken before does not come back. */
  #start(at: number): void {
    const cells = this.#cells;
    cells[at + debtCell] = 0;
    cells[at + filledCell] = this.#now;
    if (!this.#marked) return;
    cells[at + countCell] = 1;
    cells[at + firstMark] = this.#now;
    cells[at + firstMark + 1] = 0;
  }

  #mark(at: number, time: number, debt: number): void {
    const cells = this.#cells;
    let count = cells[at + countCell] ?? 0;
    while (count > 0 && (cells[at + firstMark + 2 * (count - 1) + 1] ?? 0) >= debt) count--;
    if (count === maxMarks) count = this.#merge(at);
    cells[at + firstMark + 2 * count] = time;
    cells[at + firstMark + 2 * count + 1] = debt;
    cells[at + countCell] = count + 1;
  }

  /** Makes room: of the two neighbours that differ least, the later time with the lower debt. */
  #merge(at: number): number {
    const cells = this.#cells;
    let best = 0;
    let least = Infinity;
    for (let i = 0; i + 1 < maxMarks; i++) {
      const step = (cells[at + firstMark + 2 * i + 3] ?? 0) - (cells[at + firstMark + 2 * i + 1] ?? 0);
      if (step < least) [best, least] = [i, step];
    }
    cells[at + firstMark + 2 * best] = cells[at + firstMark + 2 * best + 2] ?? 0;
    const end = at + firstMark + 2 * maxMarks;
    cells.copyWithin(at + firstMark + 2 * best + 2, at + firstMark + 2 * best + 4, end);
    return maxMarks - 1;
  }

  /** Drops the marks before `first` that a later one, now as low, makes idle. */
  #forget(at: number, first: number, count: number): void {
    if (first === 0 || first === count) return;
    const cells = this.#cells;
    const low = cells[at + firstMark + 2 * first + 1] ?? 0;
    let keep = first;
    while (keep > 0 && (cells[at + firstMark + 2 * (keep - 1) + 1] ?? 0) >= low) keep--;
    if (keep === first) return;
    cells.copyWithin(at + firstMark + 2 * keep, at + firstMark + 2 * first, at + firstMark + 2 * count);
    cells[at + countCell] = count - (first - keep);
  }
}
