import type { ResponseHead } from '../../../net/http/message.ts';
import { random } from '../../../base/random.ts';
import type { Exchange } from '../../exchange.ts';
import type { PolicyFactory } from '../policy.ts';
import type { RetryBudget } from './budget.ts';

/** The longest wait between two tries, whatever the backoff has grown to. */
const maximumBackoffMs = 10_000;

/** When and how a request is sent again. */
export interface RetryPlan {
  /** Tries after the first. */
  readonly attempts: number;
  /** Null: every request may use all its attempts. */
  readonly budget: RetryBudget | null;
  /** True when a response with this head counts as failed. */
  wants(x: Exchange, head: ResponseHead): boolean;
  /** Milliseconds before try `n` (1 is the first retry). */
  delayMs(n: number): number;
}

/** Sends a request again after listed statuses, a true condition, or a failure to get any response. */
export const retry: PolicyFactory<'retry'> = {
  kind: 'retry',
  compile(spec, { expressions, retryBudget }) {
    const codes = new Set(spec.codes);
    const condition = spec.condition === undefined ? null : expressions.condition(spec.condition, 'response');
    const precondition = spec.precondition === undefined ? null : expressions.condition(spec.precondition, 'request');
    const budget = spec.budget === undefined ? null : retryBudget(spec.budget);
    const plan: RetryPlan = {
      attempts: spec.attempts,
      budget,
      wants: (x, head) => codes.has(head.status) || (condition !== null && condition(x.attributesWith(head))),
      delayMs: (n) => backoff(spec.backoffMs, n),
    };
    return {
      kind: 'retry',
      request: function planRetries(x) {
        if (precondition !== null && !precondition(x.attributes())) return undefined;
        x.retry = plan;
        budget?.joined(x);
        return undefined;
      },
      response: null,
    };
  },
};

/** Doubles with each try; the later half is random so that clients that failed together do not return together. */
function backoff(baseMs: number, n: number): number {
  if (baseMs === 0) return 0;
  const ceiling = Math.min(maximumBackoffMs, baseMs * 2 ** (n - 1));
  return ceiling / 2 + (random() * ceiling) / 2;
}
