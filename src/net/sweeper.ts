import { cancelTimer, every, monotonicMs, type Timer } from '../base/clock.ts';

/** Something with deadlines. */
export interface Swept {
  /** Acts on deadlines that lie before `now` (milliseconds of {@link Sweeper.now}). */
  sweep(now: number): void;
}

/**
 * One coarse timer for all connections of a worker. A timer per request would cost more than the parsing; deadlines
 * here are late by at most two intervals.
 */
export class Sweeper {
  /** Monotonic milliseconds at the last tick. */
  now: number = monotonicMs();
  readonly intervalMs: number;
  readonly #members = new Set<Swept>();
  #timer: Timer | null = null;

  /** @param intervalMs Time between ticks; 250 in production, less in tests. */
  constructor(intervalMs = 250) {
    this.intervalMs = intervalMs;
  }

  /** The deadline for something that may take `ms` from now on; 0 ms means never. */
  deadline(ms: number): number {
    // Without members there are no ticks, and the last one may be long ago.
    if (this.#timer === null) this.now = monotonicMs();
    return ms === 0 ? Number.POSITIVE_INFINITY : this.now + ms + this.intervalMs;
  }

  add(member: Swept): void {
    this.#members.add(member);
    if (this.#timer !== null) return;
    this.now = monotonicMs();
    this.#timer = every(this.intervalMs, () => this.#tick());
  }

  delete(member: Swept): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    cancelTimer(this.#timer);
    this.#timer = null;
  }

  #tick(): void {
    this.now = monotonicMs();
    for (const member of this.#members) member.sweep(this.now);
  }
}
