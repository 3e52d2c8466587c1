import type { LocalRateLimitSpec } from '../../model/policies/rate-limit.ts';
import { limitExceeded, type ExchangeLimits } from './exchange-limits.ts';
import { LocalTaker, type Demand, type LocalLimit, type Taken } from './local-limits.ts';
import type { StoreLimit, StoreTaken } from './store/store-limit.ts';

/** What was taken of every limit of a list; of those in this process only where it may come back. */
export interface TakenOfList {
  readonly local: readonly Taken[];
  readonly stored: readonly StoreTaken[];
}

/** A limit of a list with its place there, where the key of a request for it stands, too. */
export interface Placed<T> {
  readonly place: number;
  readonly limit: T;
}

/** Limits that all apply: what a request needs is taken of each, or of none. */
export class LimitList {
  readonly #local: readonly Placed<LocalLimit>[];
  readonly #stored: readonly Placed<StoreLimit>[];
  readonly #taker: LocalTaker;

  constructor(local: readonly Placed<LocalLimit>[], stored: readonly Placed<StoreLimit>[]) {
    this.#local = local;
    this.#stored = stored;
    this.#taker = new LocalTaker(local.map(({ limit }) => limit));
  }

  /**
   * Takes what `demand` says. Those in this process come first; only stores make it wait.
   * @param keys By the places of limits.
   * @param onTaken Hears what was taken, for {@link settle}; null where that will not come back.
   * @throws GatewayError `rateLimitExceeded`, `rateLimitFailed`
   */
  take(
    keys: readonly string[],
    demand: (spec: LocalRateLimitSpec) => Demand,
    noted: ExchangeLimits,
    onTaken: ((taken: TakenOfList) => void) | null,
  ): undefined | Promise<undefined> {
    const local: Taken[] | null = onTaken === null && this.#stored.length === 0 ? null : [];
    const refused = this.#taker.take(this.#keysOf(keys), demand, noted, local);
    if (refused !== null) {
      noted.refused('localRateLimit');
      throw limitExceeded(refused.limit.spec.type, refused.waitMs);
    }
    if (this.#stored.length > 0) return this.#takeStored(keys, demand, noted, local ?? [], onTaken);
    onTaken?.({ local: local ?? [], stored: [] });
    return undefined;
  }

  /** @param used Of what was taken; null: all of it. */
  settle({ local, stored }: TakenOfList, used: number | null): void {
    for (const [i, taken] of local.entries()) this.#local[i]?.limit.settle(taken, used ?? taken.tokens);
    if (used === null) return;
    for (const [i, taken] of stored.entries()) this.#stored[i]?.limit.settle(taken, used);
  }

  /** Takes what was used of limits that nothing was taken of before, there or not. */
  charge(keys: readonly string[], used: number): void {
    for (const { place, limit } of this.#local) limit.settle({ key: keys[place] ?? '', tokens: 0, since: 0 }, used);
    for (const { place, limit } of this.#stored) limit.charge(keys[place] ?? '', used);
  }

  async #takeStored(
    keys: readonly string[],
    demand: (spec: LocalRateLimitSpec) => Demand,
    noted: ExchangeLimits,
    local: readonly Taken[],
    onTaken: ((taken: TakenOfList) => void) | null,
  ): Promise<undefined> {
    const results = await Promise.allSettled(
      this.#stored.map(({ place, limit }) => {
        const { need, take } = demand(limit.spec);
        return limit.take(keys[place] ?? '', need, take, noted);
      }),
    );
    const stored = results.map((result): StoreTaken => (result.status === 'fulfilled' ? result.value.taken : nothing));
    let failure: unknown = null;
    for (const [i, result] of results.entries()) {
      if (result.status === 'rejected') failure = result.reason;
      else if (!result.value.admitted) {
        const type = this.#stored[i]?.limit.spec.type ?? 'requests';
        noted.refused('localRateLimit');
        failure ??= limitExceeded(type, result.value.waitMs);
      }
    }
    if (failure !== null) {
      this.settle({ local, stored }, 0);
      throw failure;
    }
    onTaken?.({ local, stored });
    return undefined;
  }

  #keysOf(keys: readonly string[]): readonly string[] {
    return this.#stored.length === 0 ? keys : this.#local.map(({ place }) => keys[place] ?? '');
  }
}

const nothing: StoreTaken = { kind: 'nothing' };
