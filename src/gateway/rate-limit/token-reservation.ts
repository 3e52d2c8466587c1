import type { LocalRateLimitSpec } from '../../model/policies/rate-limit.ts';
import type { ExchangeLimits, TokenEstimate, TokenLimit } from './exchange-limits.ts';
import type { LimitList, TakenOfList } from './limit-list.ts';

/** What an exchange takes of the limits of tokens of one list. */
export class TokenReservation implements TokenLimit {
  readonly #list: LimitList;
  readonly #keys: readonly string[];
  readonly #noted: ExchangeLimits;
  #taken: TakenOfList | null = null;
  #settled = false;

  constructor(list: LimitList, keys: readonly string[], noted: ExchangeLimits) {
    this.#list = list;
    this.#keys = keys;
    this.#noted = noted;
  }

  reserve(estimate: TokenEstimate): undefined | Promise<undefined> {
    const pending = this.#list.take(
      this.#keys,
      (spec) => {
        const tokens = wanted(spec, estimate);
        return { need: tokens, take: tokens };
      },
      this.#noted,
      (taken) => {
        if (this.#settled) this.#list.settle(taken, 0);
        else this.#taken = taken;
      },
    );
    return pending;
  }

  settle(used: number | null): void {
    this.#settled = true;
    const taken = this.#taken;
    if (taken !== null) this.#list.settle(taken, used);
    // Nothing was known before the call was made.
    else if (used !== null && used > 0) this.#list.charge(this.#keys, used);
  }
}

/** At least one token, and never more than a bucket can hold. */
function wanted({ reserve, maxTokens }: LocalRateLimitSpec, { input, output }: TokenEstimate): number {
  return Math.max(1, Math.min(maxTokens, reserve === 'all' ? input + output : input));
}
