import type { RetryBudgetSpec } from '../../../model/policy.ts';
import type { SharedLimit } from '../../../telemetry/shared/limit.ts';
import type { Exchange } from '../../exchange.ts';

/** Name of a process-wide count that the budget of a route's retries needs. */
export function budgetSlot(routeKey: string, count: 'requests' | 'retries'): string {
  return `retry ${routeKey} ${count}`;
}

/** Keeps retries of a route to a part of its requests, so that they cannot bring down an upstream that is slow already. */
export class RetryBudget {
  readonly #spec: RetryBudgetSpec;
  readonly #requests: SharedLimit;
  readonly #retries: SharedLimit;

  /** @param limit The count of a name, without a limit of its own. */
  constructor(spec: RetryBudgetSpec, routeKey: string, limit: (name: string) => SharedLimit) {
    this.#spec = spec;
    this.#requests = limit(budgetSlot(routeKey, 'requests'));
    this.#retries = limit(budgetSlot(routeKey, 'retries'));
  }

  /** Counts a request until it ends. */
  joined(x: Exchange): void {
    if (this.#requests.tryAcquire()) x.onClose(() => this.#requests.release());
  }

  /** Takes a place for a retry, if there is one; {@link giveBack} it. */
  take(): boolean {
    const { percent, minimum } = this.#spec;
    return this.#retries.tryAcquire(1, Math.max(minimum, Math.floor((this.#requests.value * percent) / 100)));
  }

  giveBack(): void {
    this.#retries.release();
  }
}
