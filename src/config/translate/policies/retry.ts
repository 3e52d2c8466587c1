import type { RetrySpec } from '../../../model/policy.ts';
import type { Retry } from '../../schema/limits.ts';
import type { Context, Path } from '../context.ts';
import { condition } from '../expressions.ts';

/** `retry`. */
export function retry(context: Context, path: Path, config: Retry): RetrySpec {
  const { attempts, backoff, codes, budget, precondition, condition: again } = config;
  return {
    attempts,
    backoffMs: backoff ?? 0,
    codes,
    ...(budget === undefined ? {} : { budget: { percent: budget.percent, minimum: budget.minimum } }),
    ...(precondition === undefined
      ? {}
      : { precondition: condition(context, [...path, 'precondition'], precondition, 'request') }),
    ...(again === undefined ? {} : { condition: condition(context, [...path, 'condition'], again, 'response') }),
  };
}
