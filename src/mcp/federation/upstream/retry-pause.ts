import { monotonicMs } from '../../../base/clock.ts';
import { mcpLimits } from '../../limits.ts';
import { TargetError } from '../../transports/transport.ts';

/** How long a target that failed is left alone: the pause doubles with each failure in a row. */
export class RetryPause {
  #latest: TargetError | null = null;
  #failures = 0;
  #until = 0;
  #readySince = 0;

  /** The failure after which the target is left alone now; null when it may be tried. */
  get pausing(): TargetError | null {
    return this.#latest !== null && monotonicMs() < this.#until ? this.#latest : null;
  }

  /** How long the target is left alone yet. */
  get leftMs(): number {
    return Math.max(0, this.#until - monotonicMs());
  }

  /** The failure since the last greeting, if there was one. */
  get latest(): TargetError | null {
    return this.#latest;
  }

  /** Why there is no connection. */
  get failure(): TargetError {
    return this.#latest ?? new TargetError('is not connected');
  }

  /** Whether it ever was ready. */
  get wasReady(): boolean {
    return this.#readySince > 0;
  }

  /** It answered the greeting. */
  greeted(): void {
    this.#latest = null;
  }

  /** It can be used from now on. */
  ready(): void {
    this.#readySince = monotonicMs();
  }

  /** It failed. @param wasInUse While it was ready: after it was so for long it may be tried at once. */
  failed(error: TargetError, wasInUse: boolean): void {
    const now = monotonicMs();
    const lasted = wasInUse && now - this.#readySince > mcpLimits.lastRetryMs;
    const wait = lasted ? 0 : Math.min(mcpLimits.firstRetryMs * 2 ** this.#failures, mcpLimits.lastRetryMs);
    this.#failures = lasted ? 0 : this.#failures + 1;
    this.#latest = error;
    this.#until = now + wait;
  }

  /** It may be tried at once. */
  end(): void {
    this.#until = 0;
  }
}
