import { monotonicMs } from '../../base/clock.ts';
import { TargetError } from '../transports/transport.ts';
import type { ProcessTiming } from './timing.ts';

/**
 * When the program of a target may be started again after it failed: at once after the first failure, then after pauses
 * that double, and as if nothing had been once it ran for a while.
 */
export class Restarts {
  readonly #timing: ProcessTiming;
  #failures = 0;
  #notBefore = 0;
  #last: TargetError | null = null;

  constructor(timing: ProcessTiming) {
    this.#timing = timing;
  }

  /** It failed. @param ranMs How long it had been of use; 0 if it never was. */
  failed(error: TargetError, ranMs: number): void {
    const { stableMs, firstRetryMs, lastRetryMs } = this.#timing;
    if (ranMs > stableMs) this.#failures = 0;
    const pauseMs = this.#failures === 0 ? 0 : Math.min(firstRetryMs * 2 ** (this.#failures - 1), lastRetryMs);
    this.#failures++;
    this.#notBefore = monotonicMs() + pauseMs;
    this.#last = error;
  }

  /** @throws TargetError while it is left alone. */
  check(): void {
    const waitMs = this.#notBefore - monotonicMs();
    if (waitMs <= 0 || this.#last === null) return;
    const seconds = Math.ceil(waitMs / 1000);
    throw new TargetError(`${this.#last.message}; it may start again in ${seconds} s`, { cause: this.#last });
  }
}
