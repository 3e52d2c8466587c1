import { monotonicMs } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Counter } from '../../telemetry/metrics/series.ts';

/** At most one log line for each rule in this time. */
const quietMs = 10_000;

/** A rule, as messages name it; its text may hold secrets, so it is not among them. */
export interface FailingRule {
  readonly rule: string;
  /** What its failure means for the request. */
  readonly effect: string;
  /** The attributes that it names; '' where that is not known. */
  readonly reads: string;
}

/** Counts the rules of one place that could not be evaluated, and logs them, each now and then. */
export class RuleFailures {
  readonly #log: Logger;
  readonly #counter: Counter;
  readonly #policy: string;
  readonly #route: string;

  /**
   * @param policy Name of the policy, such as `authorization`.
   * @param route What it is attached to, as messages name it.
   */
  constructor(log: Logger, counter: Counter, policy: string, route: string) {
    this.#log = log;
    this.#counter = counter;
    this.#policy = policy;
    this.#route = route;
  }

  /** What is called at each failure of a rule. */
  reporter({ rule, effect, reads }: FailingRule): (error: { readonly message: string }) => void {
    let loggedAt = -Infinity;
    let unlogged = 0;
    return (error) => {
      this.#counter.add(1);
      const now = monotonicMs();
      if (now - loggedAt < quietMs) {
        unlogged += 1;
        return;
      }
      this.#log.warn(`a rule could not be evaluated: ${effect}; test for what may be absent`, {
        policy: this.#policy,
        route: this.#route,
        rule,
        ...(reads === '' ? {} : { reads }),
        error: error.message,
        ...(unlogged === 0 ? {} : { unlogged }),
      });
      loggedAt = now;
      unlogged = 0;
    };
  }
}
