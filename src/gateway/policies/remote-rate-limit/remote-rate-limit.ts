import { GatewayError } from '../../../base/errors.ts';
import type { LimitUnit, RemoteRateLimitSpec } from '../../../model/policies/rate-limit.ts';
import { ComputedValues } from '../../envoy/values.ts';
import type { Exchange } from '../../exchange.ts';
import { ExchangeLimits, type TokenEstimate, type TokenLimit } from '../../rate-limit/exchange-limits.ts';
import { tokensUsed } from '../../rate-limit/tokens-used.ts';
import type { ConditionalPolicyFactory, LocalReply, PolicyContext, Verdict } from '../policy.ts';
import type { DescriptorLimits } from './descriptor-limits.ts';
import { Descriptors, settled, type ComputedDescriptors } from './descriptors.ts';
import { ServiceLimits } from './service-limits.ts';
import { StoredLimits } from './stored-limits.ts';

/** Asks those who keep limits by descriptor whether a request is within them: a service, or a store. */
export const remoteRateLimit: ConditionalPolicyFactory<'remoteRateLimit'> = {
  kind: 'remoteRateLimit',
  conditional: true,
  failedCondition: 'refuse',
  compile(spec, context) {
    const values = new ComputedValues(context, 'remoteRateLimit');
    const requests = new Descriptors('requests', spec.descriptors, values);
    const tokens = new Descriptors('tokens', spec.descriptors, values);
    const { requests: ofRequests, tokens: ofTokens } = openLimits(spec, context);

    const ask = async (x: Exchange): Promise<LocalReply | undefined> => {
      const { descriptors } = requests.compute(x.attributes(), undefined);
      return descriptors.length === 0 ? undefined : ofRequests.take(x, descriptors);
    };
    return {
      kind: 'remoteRateLimit',
      request: function limitRemotely(x): Verdict {
        const limits = (x.limits ??= new ExchangeLimits(x.bind.recorder));
        if (!tokens.isEmpty) {
          if (!limits.countsTokens) x.onClose(() => limits.settle(tokensUsed(x.record)));
          limits.addTokens(new RemoteTokens(x, tokens, ofTokens));
        }
        return requests.isEmpty ? undefined : ask(x);
      },
      response: function setLimitFields(x, head) {
        x.limits?.setFields(head.headers);
        ofRequests.setFields(x, head);
      },
      onErrors: true,
    };
  },
};

function openLimits(spec: RemoteRateLimitSpec, context: PolicyContext): Readonly<Record<LimitUnit, DescriptorLimits>> {
  if (spec.stored === undefined) {
    const service = new ServiceLimits(spec, spec.target, context);
    return { requests: service, tokens: service };
  }
  return {
    requests: new StoredLimits(spec.domain, 'requests', spec.stored, context),
    tokens: new StoredLimits(spec.domain, 'tokens', spec.stored, context),
  };
}

/**
 * Limits of tokens that others keep. They can only count up: so before a call they are asked with nothing taken, or with
 * the request's own tokens where they were counted and no cost is computed at the end; the rest follows at the end.
 */
class RemoteTokens implements TokenLimit {
  readonly #x: Exchange;
  readonly #descriptors: Descriptors;
  readonly #limits: DescriptorLimits;
  #computed: ComputedDescriptors | null = null;
  /** Of descriptors without a cost of their own. */
  #taken = 0;

  constructor(x: Exchange, descriptors: Descriptors, limits: DescriptorLimits) {
    this.#x = x;
    this.#descriptors = descriptors;
    this.#limits = limits;
  }

  async reserve({ input, counted }: TokenEstimate): Promise<undefined> {
    this.#taken = counted ? input : 0;
    const computed = this.#descriptors.compute(this.#x.attributes(), this.#taken);
    this.#computed = computed;
    if (computed.descriptors.length === 0) return undefined;
    const reply = await this.#limits.take(this.#x, computed.descriptors);
    if (reply === undefined) return undefined;
    throw new GatewayError('rateLimitExceeded', 'too many tokens were used');
  }

  settle(used: number | null): void {
    const computed = this.#computed ?? this.#descriptors.compute(this.#x.attributes(), 0);
    if (used === null || used === 0) return;
    const descriptors = settled(computed, Math.max(0, used - this.#taken), () => this.#x.attributes());
    if (descriptors.length > 0) this.#limits.charge(descriptors);
  }
}
