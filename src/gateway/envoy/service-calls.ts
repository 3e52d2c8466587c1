import { monotonicMs } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Metrics } from '../../telemetry/metrics/names.ts';
import type { Counter, Histogram } from '../../telemetry/metrics/series.ts';

/** At most one log line about failures in this time. */
const quietMs = 10_000;

/** Counts and times the calls of one policy to its service, and logs failures now and then. */
export class ServiceCalls {
  readonly #log: Logger;
  readonly #policy: string;
  readonly #place: string;
  readonly #duration: Histogram;
  readonly #succeeded: Counter;
  readonly #failed: Counter;
  readonly #cached: Counter;
  #loggedAt = -Infinity;
  #unlogged = 0;

  /**
   * @param policy Its name, such as `extAuthz`.
   * @param subtype As agentgateway's metric names the call: `ExtAuthz`.
   */
  constructor(log: Logger, metrics: Metrics, policy: string, subtype: string, place: string) {
    this.#log = log;
    this.#policy = policy;
    this.#place = place;
    this.#duration = metrics.upstreamCallDuration.with('Policy', subtype);
    this.#succeeded = metrics.policyServiceCalls.with(policy, 'ok');
    this.#failed = metrics.policyServiceCalls.with(policy, 'failed');
    this.#cached = metrics.policyServiceCalls.with(policy, 'cached');
  }

  /** @param startedMs When the call began, on the monotonic clock. */
  succeeded(startedMs: number): void {
    this.#duration.observe((monotonicMs() - startedMs) / 1000);
    this.#succeeded.add(1);
  }

  cached(): void {
    this.#cached.add(1);
  }

  /** @param effect What became of the request. */
  failed(error: unknown, effect: string): void {
    this.#failed.add(1);
    const now = monotonicMs();
    if (now - this.#loggedAt < quietMs) {
      this.#unlogged += 1;
      return;
    }
    this.#log.warn(`the service of a policy failed: ${effect}`, {
      policy: this.#policy,
      place: this.#place,
      error: error instanceof Error ? error.message : String(error),
      ...(this.#unlogged === 0 ? {} : { unlogged: this.#unlogged }),
    });
    this.#loggedAt = now;
    this.#unlogged = 0;
  }
}
