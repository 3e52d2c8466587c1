import type { Exchange } from './exchange.ts';
import type { RequestPolicy } from './snapshot/compiled-policies.ts';
import { runTraced } from './trace/exchange-trace.ts';

/** Runs request policies from `index` on, then `next`; waits only for those that return a promise. */
export function runPolicies(
  x: Exchange,
  policies: readonly RequestPolicy[],
  index: number,
  next: (x: Exchange) => void,
): void {
  for (let i = index; i < policies.length; i++) {
    const policy = policies[i];
    if (policy === undefined) break;
    const verdict = x.trace === null ? policy.request(x) : runTraced(x, x.trace, policy);
    if (verdict === undefined) continue;
    if (verdict instanceof Promise) {
      verdict
        .then((reply) => {
          if (x.state !== 'open') return;
          if (reply === undefined) runPolicies(x, policies, i + 1, next);
          else x.answer(reply);
        })
        .catch((error: unknown) => x.fail(error));
      return;
    }
    x.answer(verdict);
    return;
  }
  next(x);
}
