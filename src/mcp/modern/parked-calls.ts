import { monotonicMs } from '../../base/clock.ts';
import { randomToken } from '../../base/random.ts';
import { mcpLimits } from '../limits.ts';
import type { ModernCall } from './call.ts';

/** Calls that wait for their clients to come back with answers: bounded, and each only for so long. */
export class ParkedCalls {
  readonly #calls = new Map<string, { readonly call: ModernCall; readonly until: number }>();

  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** How many there are. */
  get size(): number {
    return this.#calls.size;
  }

  /** Keeps a call; the handle to take it again, or null when there are too many. */
  park(call: ModernCall): string | null {
    if (this.#calls.size >= this.#max) return null;
    const handle = randomToken(12);
    this.#calls.set(handle, { call, until: monotonicMs() + mcpLimits.parkedMs });
    return handle;
  }

  /** The call, which leaves; null when it is not here. */
  take(handle: string): ModernCall | null {
    const parked = this.#calls.get(handle);
    this.#calls.delete(handle);
    return parked?.call ?? null;
  }

  /** Gives up calls whose clients did not come back. */
  expire(): void {
    const now = monotonicMs();
    for (const [handle, { call, until }] of this.#calls) {
      if (until > now) break;
      this.#calls.delete(handle);
      call.abandon();
    }
  }

  /** Gives up all. */
  close(): void {
    for (const { call } of this.#calls.values()) call.abandon();
    this.#calls.clear();
  }
}
