import type {
  DescriptorLimitSpec,
  DescriptorRateSpec,
  LimitUnit,
  LocalRateLimitSpec,
  StoredLimitsSpec,
} from '../../../model/policies/rate-limit.ts';
import { limitUnits, type RateLimitDescriptor, type RateLimitEntry } from '../../../net/grpc/envoy/rate-limit.ts';
import { ServiceCalls } from '../../envoy/service-calls.ts';
import type { Exchange } from '../../exchange.ts';
import { ExchangeLimits, limitExceeded } from '../../rate-limit/exchange-limits.ts';
import { StoreLimit, type StoreTaken } from '../../rate-limit/store/store-limit.ts';
import type { StoreConnection } from '../../rate-limit/store/store-connection.ts';
import type { PolicyContext } from '../policy.ts';
import type { DescriptorLimits } from './descriptor-limits.ts';

/** What holds for descriptors that begin alike. */
interface Level {
  /** Of those that end here; null: nothing limits them. */
  readonly limit: StoreLimit | null;
  /** By the next entry. */
  readonly next: ReadonlyMap<string, Level>;
}

const dayMs = 86_400_000;

/** By the number that an override has, see `translate/policies/stored-limits.ts`. */
const unitsMs: ReadonlyMap<number, number> = new Map([
  [limitUnits.second, 1000],
  [limitUnits.minute, 60_000],
  [limitUnits.hour, 3_600_000],
  [limitUnits.day, dayMs],
  [limitUnits.week, 7 * dayMs],
  [limitUnits.month, 30 * dayMs],
  [limitUnits.year, 365 * dayMs],
]);

/**
 * Limits of the file that count in a store, found as envoyproxy/ratelimit finds them: entry by entry, the named value
 * before the one that stands for all, and only where the descriptor ends. Each is a bucket that is full again after its
 * unit of time; a request that one of them refuses takes nothing of the others.
 */
export class StoredLimits implements DescriptorLimits {
  readonly #root: ReadonlyMap<string, Level>;
  readonly #open: (rate: DescriptorRateSpec) => StoreLimit;
  readonly #type: LimitUnit;

  /** @param type What its descriptors count. */
  constructor(domain: string, type: LimitUnit, { store, limits }: StoredLimitsSpec, context: PolicyContext) {
    const calls = new ServiceCalls(context.log, context.metrics, 'remoteRateLimit', 'RateLimit', context.place);
    const connection: StoreConnection = context.store(store.url);
    this.#type = type;
    this.#open = ({ requests, unitMs }) => {
      const spec: LocalRateLimitSpec = {
        id: `remoteRateLimit ${domain}`,
        type,
        maxTokens: requests,
        tokensPerFill: requests,
        fillIntervalMs: unitMs,
        reserve: 'all',
      };
      return new StoreLimit(spec, store, connection, null, calls);
    };
    this.#root = this.#levels(limits);
  }

  async take(x: Exchange, descriptors: readonly RateLimitDescriptor[]): Promise<undefined> {
    const noted = (x.limits ??= new ExchangeLimits(x.bind.recorder));
    const counted = this.#limitsOf(descriptors);
    const results = await Promise.allSettled(
      counted.map(({ limit, key, hits }) => limit.take(key, this.#needOf(hits), hits, noted)),
    );
    const taken: (readonly [StoreLimit, StoreTaken])[] = [];
    let waitMs: number | null = null;
    let failure: unknown = null;
    for (const [i, result] of results.entries()) {
      const limit = counted[i]?.limit;
      if (result.status === 'rejected') failure = result.reason;
      else if (!result.value.admitted) waitMs = Math.max(waitMs ?? 0, result.value.waitMs);
      else if (limit !== undefined) taken.push([limit, result.value.taken]);
    }
    if (failure === null && waitMs === null) return undefined;
    for (const [limit, what] of taken) limit.settle(what, 0);
    if (waitMs === null) throw failure;
    noted.refused('remoteRateLimit');
    throw limitExceeded(this.#type, waitMs);
  }

  charge(descriptors: readonly RateLimitDescriptor[]): void {
    for (const { limit, key, hits } of this.#limitsOf(descriptors)) limit.charge(key, hits);
  }

  setFields(): void {}

  /** What a call to a model uses is mostly known at its end: there must be something left for it. */
  #needOf(hits: number): number {
    return this.#type === 'tokens' ? Math.max(1, hits) : hits;
  }

  #levels(specs: readonly DescriptorLimitSpec[]): ReadonlyMap<string, Level> {
    return new Map(
      specs.map(({ key, value, limit, descriptors }) => [
        nameOf(key, value),
        { limit: limit === undefined ? null : this.#open(limit), next: this.#levels(descriptors) },
      ]),
    );
  }

  /** The limits that hold for a request; descriptors that nothing limits are left out. */
  #limitsOf(
    descriptors: readonly RateLimitDescriptor[],
  ): readonly { readonly limit: StoreLimit; readonly key: string; readonly hits: number }[] {
    return descriptors.flatMap(({ entries = [], limit: override, hitsAddend }) => {
      const limit = override === undefined ? this.#find(entries) : this.#overridden(override);
      if (limit === null) return [];
      const key = JSON.stringify(entries.map(({ key: name = '', value = '' }) => [name, value]));
      return [{ limit, key, hits: hitsAddend?.value ?? 1 }];
    });
  }

  #find(entries: readonly RateLimitEntry[]): StoreLimit | null {
    let levels = this.#root;
    let found: Level | undefined;
    for (const { key = '', value = '' } of entries) {
      found = levels.get(nameOf(key, value)) ?? levels.get(nameOf(key));
      if (found === undefined) return null;
      levels = found.next;
    }
    return found?.limit ?? null;
  }

  #overridden({ requestsPerUnit = 0, unit = 0 }: NonNullable<RateLimitDescriptor['limit']>): StoreLimit | null {
    const unitMs = unitsMs.get(unit);
    return unitMs === undefined ? null : this.#open({ requests: requestsPerUnit, unitMs });
  }
}

function nameOf(key: string, value?: string): string {
  return JSON.stringify(value === undefined ? [key] : [key, value]);
}
