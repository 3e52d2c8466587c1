import type { LocalRateLimitSpec } from '../../../model/policies/rate-limit.ts';
import { ServiceCalls } from '../../envoy/service-calls.ts';
import type { Exchange } from '../../exchange.ts';
import { ExchangeLimits } from '../../rate-limit/exchange-limits.ts';
import { keysOf } from '../../rate-limit/keys.ts';
import { LimitList, type Placed } from '../../rate-limit/limit-list.ts';
import { openLocalLimits, type Demand, type LocalLimit } from '../../rate-limit/local-limits.ts';
import { StoreLimit } from '../../rate-limit/store/store-limit.ts';
import { TokenReservation } from '../../rate-limit/token-reservation.ts';
import { tokensUsed } from '../../rate-limit/tokens-used.ts';
import type { ConditionalPolicyFactory, PolicyContext, Verdict } from '../policy.ts';

/** A request is one; a call to a model takes its tokens later, but there must be some. */
const oneRequest: Demand = { need: 1, take: 1 };
const someTokens: Demand = { need: 1, take: 0 };

/** Token buckets for requests and for tokens of LLM calls: all of a list apply. */
export const localRateLimit: ConditionalPolicyFactory<'localRateLimit'> = {
  kind: 'localRateLimit',
  conditional: true,
  failedCondition: 'refuse',
  compile(specs, context) {
    const { local, stored } = openLimits(specs, context);
    const all = new LimitList(local, stored);
    const isOfTokens = ({ limit }: Placed<{ readonly spec: LocalRateLimitSpec }>): boolean =>
      limit.spec.type === 'tokens';
    const tokens = specs.some(({ type }) => type === 'tokens')
      ? new LimitList(local.filter(isOfTokens), stored.filter(isOfTokens))
      : null;
    const keys = keysOf(
      specs.map(({ key }) => key),
      context.expressions,
    );
    return {
      kind: 'localRateLimit',
      request: function limitRate(x: Exchange): Verdict {
        const limits = (x.limits ??= new ExchangeLimits(x.bind.recorder));
        const own = keys(x);
        const pending = all.take(own, demandOf, limits, null);
        if (tokens === null) return pending;
        if (pending !== undefined) return pending.then(() => countTokens(x, limits, tokens, own));
        return countTokens(x, limits, tokens, own);
      },
      response: function setLimitFields(x, head) {
        x.limits?.setFields(head.headers);
      },
      onErrors: true,
    };
  },
};

function demandOf({ type }: LocalRateLimitSpec): Demand {
  return type === 'requests' ? oneRequest : someTokens;
}

function countTokens(x: Exchange, limits: ExchangeLimits, list: LimitList, keys: readonly string[]): undefined {
  if (!limits.countsTokens) x.onClose(() => limits.settle(tokensUsed(x.record)));
  limits.addTokens(new TokenReservation(list, keys, limits));
}

interface OpenLimits {
  readonly local: readonly Placed<LocalLimit>[];
  readonly stored: readonly Placed<StoreLimit>[];
}

function openLimits(specs: readonly LocalRateLimitSpec[], context: PolicyContext): OpenLimits {
  const here = openLocalLimits(specs, (name, bytes) => context.area(name, bytes));
  const local: Placed<LocalLimit>[] = [];
  const stored: Placed<StoreLimit>[] = [];
  let calls: ServiceCalls | null = null;
  for (const [place, spec] of specs.entries()) {
    const limit = here[place] ?? null;
    if (spec.store === undefined) {
      if (limit !== null) local.push({ place, limit });
      continue;
    }
    calls ??= new ServiceCalls(context.log, context.metrics, 'localRateLimit', 'RateLimit', context.place);
    const connection = context.store(spec.store.url);
    stored.push({ place, limit: new StoreLimit(spec, spec.store, connection, limit, calls) });
  }
  return { local, stored };
}
