import type { EvictionSpec } from '../../model/health.ts';

/** A 32-bit number that outlives a snapshot and is shared by all workers. */
export interface HealthCell {
  get(): number;
  set(value: number): void;
  update(change: (value: number) => number): number;
}

/** What is known of an endpoint, in cells that are 0 at first. */
export interface HealthCells {
  /** How far its score is from 1, in millionths. */
  readonly illness: HealthCell;
  /** How long it takes to begin an answer, in tenths of a millisecond; 0: not known. */
  readonly latency: HealthCell;
  /** Failures since the last success. */
  readonly failures: HealthCell;
  /** How often it was evicted since the last success. */
  readonly evictions: HealthCell;
  /** When its eviction ends, in quarters of a second since 2020; 0: it is not evicted. */
  readonly until: HealthCell;
  /** When the last try was counted, in the unit of `until`; absent: what is known of it never fades. */
  readonly seen?: HealthCell;
}

/** Requests that an endpoint has; kept in such a way that a lost worker's are given back. */
export interface PendingCount {
  readonly value: number;
  tryAcquire(): boolean;
  release(): void;
}

/** How one try went. */
export interface TryResult {
  readonly healthy: boolean;
  /** Milliseconds until it answered or failed. */
  readonly tookMs: number;
  /** Milliseconds that the endpoint asked to be left alone; 0: it did not. */
  readonly retryAfterMs: number;
}

const MILLION = 1_000_000;
/** Weight of the newest try in the averages. */
const NEWEST = 0.3;
const QUARTER_SECOND = 250;
/** Quarters of a second in which half of what is known fades: whoever is not asked any more gets another chance. */
const HALF_LIFE = 40;
const EPOCH_2020_MS = 1_577_836_800_000;
/** The longest that an endpoint's own word, `Retry-After`, keeps requests from it. */
const MAX_RETRY_AFTER_MS = 60 * 60 * 1000;

/** How well an endpoint or an LLM provider serves, from what happened to the requests of all workers (agentgateway §2.7). */
export class EndpointHealth {
  readonly #cells: HealthCells;
  readonly #pending: PendingCount;
  readonly #eviction: EvictionSpec | null;
  readonly #now: () => number;
  readonly #onEviction: () => void;

  /**
   * @param now Milliseconds since the Unix epoch: evictions outlive workers, whose other clocks differ.
   * @param onEviction Hears of each eviction that a report of this worker began.
   */
  constructor(
    cells: HealthCells,
    pending: PendingCount,
    eviction: EvictionSpec | null,
    now: () => number,
    onEviction: () => void = () => undefined,
  ) {
    this.#cells = cells;
    this.#pending = pending;
    this.#eviction = eviction;
    this.#now = now;
    this.#onEviction = onEviction;
  }

  /** Gets no requests while others can take them. */
  get evicted(): boolean {
    const { until, illness, failures } = this.#cells;
    const end = until.get();
    if (end === 0) return false;
    if (quarters(this.#now()) < end >>> 0) return true;
    // It comes back with the score that it is given; only one worker says so.
    if (until.update((value) => (value === end ? 0 : value)) === 0) {
      illness.set(Math.round((1 - (this.#eviction?.restoreHealth ?? 1)) * MILLION));
      failures.set(0);
      this.#cells.seen?.set(quarters(this.#now()) | 0);
    }
    return false;
  }

  /** From 0 to 1: the share of recent tries that went well. */
  get health(): number {
    return 1 - (this.#cells.illness.get() / MILLION) * this.#faded();
  }

  /** The higher the better: health, over how long it takes and how many wait for it already. */
  get score(): number {
    const { illness, latency } = this.#cells;
    const left = this.#faded();
    const seconds = (latency.get() / 10_000) * left;
    return (1 - (illness.get() / MILLION) * left) / (1 + seconds * (1 + 0.1 * this.#pending.value));
  }

  /** Requests that it has now. */
  get pending(): number {
    return this.#pending.value;
  }

  began(): void {
    this.#pending.tryAcquire();
  }

  ended(): void {
    this.#pending.release();
  }

  /** Counts a try, and evicts the endpoint when it is one failure too many or asked to be left alone. */
  report({ healthy, tookMs, retryAfterMs }: TryResult): void {
    const { illness, latency, failures, evictions } = this.#cells;
    const left = this.#faded();
    illness.update((value) => Math.round(value * left * (1 - NEWEST) + (healthy ? 0 : MILLION * NEWEST)));
    const took = Math.max(1, Math.round(Math.min(tookMs, 200_000) * 10));
    latency.update((value) => (value === 0 ? took : Math.round(value * left * (1 - NEWEST) + took * NEWEST)));
    this.#cells.seen?.set(quarters(this.#now()) | 0);
    if (retryAfterMs > 0) return this.#evict(Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
    if (healthy) {
      failures.set(0);
      evictions.set(0);
      return undefined;
    }
    const inARow = failures.update((value) => value + 1);
    if (this.#eviction === null || !isTooMany(this.#eviction, inARow, this.health)) return undefined;
    const before = evictions.update((value) => value + 1) - 1;
    return this.#evict(this.#eviction.durationMs * (before + 1));
  }

  /** A later end replaces an earlier one, never the other way round. */
  #evict(ms: number): void {
    const end = quarters(this.#now() + ms) + 1;
    let began = false;
    this.#cells.until.update((value) => {
      began = value === 0;
      return value >>> 0 < end ? end | 0 : value;
    });
    if (began) this.#onEviction();
  }

  /** How much of what is known is left, from 1 to 0. */
  #faded(): number {
    const { seen } = this.#cells;
    const at = seen?.get() ?? 0;
    if (at === 0) return 1;
    const passed = quarters(this.#now()) - (at >>> 0);
    return passed <= 0 ? 1 : 2 ** (-passed / HALF_LIFE);
  }
}

/** Without any limit, one failure is too many. */
function isTooMany({ consecutiveFailures, healthThreshold }: EvictionSpec, inARow: number, health: number): boolean {
  if (consecutiveFailures === undefined && healthThreshold === undefined) return true;
  if (consecutiveFailures !== undefined && inARow >= consecutiveFailures) return true;
  return healthThreshold !== undefined && health < healthThreshold;
}

function quarters(ms: number): number {
  return Math.floor((ms - EPOCH_2020_MS) / QUARTER_SECOND);
}
