import { after, cancelTimer, type Timer } from '../../base/clock.ts';
import { randomToken } from '../../base/random.ts';
import type { Gauge } from '../../telemetry/metrics/series.ts';
import type { SharedLimit } from '../../telemetry/shared/limit.ts';
import { mcpLimits } from '../limits.ts';
import type { ModernCall } from './call.ts';

interface Parked {
  readonly call: ModernCall;
  readonly timer: Timer;
}

/** Calls that wait for their clients to come back with answers: bounded, and each only for so long. */
export class ParkedCalls {
  readonly #calls = new Map<string, Parked>();
  readonly #count: SharedLimit;
  readonly #none: boolean;
  readonly #gauge: Pick<Gauge, 'add'>;

  /** @param count Of all workers together, with its maximum. @param none Not one may wait. */
  constructor(count: SharedLimit, none: boolean, gauge: Pick<Gauge, 'add'>) {
    this.#gauge = gauge;
    this.#none = none;
    this.#count = count;
  }

  /** How many there are. */
  get size(): number {
    return this.#calls.size;
  }

  /** Keeps a call; the handle to find it by, or null when there are too many. */
  park(call: ModernCall): string | null {
    if (this.#none || !this.#count.tryAcquire()) return null;
    this.#gauge.add(1);
    const handle = randomToken(12);
    this.#calls.set(handle, { call, timer: after(mcpLimits.parkedMs, () => this.#giveUp(handle, call)) });
    return handle;
  }

  /** The call; null when it is not here. */
  get(handle: string): ModernCall | null {
    return this.#calls.get(handle)?.call ?? null;
  }

  /** The call goes on. */
  leave(handle: string): void {
    const parked = this.#calls.get(handle);
    if (parked === undefined) return;
    cancelTimer(parked.timer);
    this.#calls.delete(handle);
    this.#count.release();
    this.#gauge.add(-1);
  }

  /** Gives up all. */
  close(): void {
    for (const [handle, { call }] of this.#calls) this.#giveUp(handle, call);
  }

  #giveUp(handle: string, call: ModernCall): void {
    this.leave(handle);
    call.abandon();
  }
}
