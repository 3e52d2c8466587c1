import { after, cancelTimer, type Timer } from '../../base/clock.ts';
import { randomToken } from '../../base/random.ts';
import { mcpLimits } from '../limits.ts';
import type { ModernCall } from './call.ts';
import type { ModernOptions } from './modern-endpoint.ts';

interface Parked {
  readonly call: ModernCall;
  readonly timer: Timer;
  /** Gives the client's place back. */
  readonly giveBack: () => void;
}

/** Calls that wait for their clients to come back with answers: bounded, in all and for each client, and in time. */
export class ParkedCalls {
  readonly #calls = new Map<string, Parked>();
  readonly #options: ModernOptions;

  constructor(options: ModernOptions) {
    this.#options = options;
  }

  /** How many there are. */
  get size(): number {
    return this.#calls.size;
  }

  /** Keeps a call of a client; the handle to find it by, or null when there are too many. */
  park(call: ModernCall, client: string): string | null {
    const { parked, gauge, settings, sessionPorts, key } = this.#options;
    const { parkedCalls, callsPerSession } = settings.limits;
    // A count whose maximum is 0 has none.
    if (parkedCalls === 0) return null;
    const giveBack = sessionPorts.clients.take(`calls ${key} ${client}`, callsPerSession);
    if (giveBack === null) return null;
    if (!parked.tryAcquire()) {
      giveBack();
      return null;
    }
    gauge.add(1);
    const handle = randomToken(12);
    const timer = after(mcpLimits.parkedMs, () => this.#giveUp(handle, call));
    this.#calls.set(handle, { call, timer, giveBack });
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
    parked.giveBack();
    this.#options.parked.release();
    this.#options.gauge.add(-1);
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
