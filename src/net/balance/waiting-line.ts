import { after, cancelTimer, monotonicMs, type Timer } from '../../base/clock.ts';
import type { SharedLimit } from '../../telemetry/shared/limit.ts';

/** How often to look for places that other workers' requests gave up. */
const lookMs = 5;

/** A request that waits for a place. */
export interface Waiting {
  /** Tries to go on; false: there is no place yet. */
  proceed(): boolean;
  /** It has waited as long as it may. */
  expired(): void;
}

/** Requests of this worker that wait for a place at an endpoint, in order; how many there are in all workers is limited. */
export class WaitingLine {
  readonly #limit: SharedLimit;
  readonly #timeoutMs: number;
  readonly #line = new Map<Waiting, number>();
  readonly #isClosed: boolean;
  #timer: Timer | null = null;

  /** @param isClosed Nobody may wait. */
  constructor(limit: SharedLimit, timeoutMs: number, isClosed = false) {
    this.#isClosed = isClosed;
    this.#limit = limit;
    this.#timeoutMs = timeoutMs;
  }

  get isEmpty(): boolean {
    return this.#line.size === 0;
  }

  /** How many wait here. */
  get length(): number {
    return this.#line.size;
  }

  /** How many wait in all workers. */
  get total(): number {
    return this.#limit.value;
  }

  /** False: as many wait as may. */
  join(waiting: Waiting): boolean {
    if (this.#isClosed || !this.#limit.tryAcquire()) return false;
    this.#line.set(waiting, monotonicMs() + this.#timeoutMs);
    this.#timer ??= after(lookMs, () => this.#look());
    return true;
  }

  leave(waiting: Waiting): void {
    if (!this.#line.delete(waiting)) return;
    this.#limit.release();
    if (this.#line.size > 0) return;
    cancelTimer(this.#timer);
    this.#timer = null;
  }

  /** There may be a place. */
  advance(): void {
    for (const waiting of this.#line.keys()) {
      if (!waiting.proceed()) return;
      this.leave(waiting);
    }
  }

  #look(): void {
    this.#timer = null;
    const now = monotonicMs();
    for (const [waiting, deadline] of this.#line) {
      if (deadline > now) break;
      this.leave(waiting);
      waiting.expired();
    }
    this.advance();
    if (this.#line.size > 0) this.#timer = after(lookMs, () => this.#look());
  }
}
