import { sharedMs } from '../../base/clock.ts';
import type { LocalRateLimitSpec } from '../../model/policies/rate-limit.ts';
import { KeyedTable, type SharedArea } from '../../telemetry/shared/keyed-table.ts';
import { bucketArea, takesBack } from './areas.ts';
import { Buckets } from './bucket.ts';
import type { ExchangeLimits } from './exchange-limits.ts';

/** How much of a limit a request needs there to be, and how much of it is taken. */
export interface Demand {
  readonly need: number;
  readonly take: number;
}

/** What was taken, for putting it back. */
export interface Taken {
  readonly key: string;
  readonly tokens: number;
  /** When the bucket had last been filled. */
  readonly since: number;
}

/** A limit in the memory that the workers of this process share. */
export class LocalLimit {
  readonly spec: LocalRateLimitSpec;
  readonly table: KeyedTable;
  readonly buckets: Buckets;
  readonly #now: () => number;

  constructor(spec: LocalRateLimitSpec, table: KeyedTable, buckets: Buckets, now: () => number) {
    this.spec = spec;
    this.table = table;
    this.buckets = buckets;
    this.#now = now;
  }

  /** Locks the bucket of a key and fills it; call `table.leave()` after. */
  enter(key: string, now: number): number {
    this.buckets.at(now);
    const at = this.table.enter(key, this.buckets);
    this.buckets.fill(at);
    return at;
  }

  /** Settles what was taken for something that used `used`. */
  settle({ key, tokens, since }: Taken, used: number): void {
    if (used === tokens) return;
    const at = this.enter(key, this.#now());
    if (used > tokens) this.buckets.take(at, used - tokens);
    else this.buckets.giveBack(at, tokens - used, since);
    this.table.leave();
  }
}

/** The limits of `specs` that are counted in this process, by their place in the list; null for the others. */
export function openLocalLimits(
  specs: readonly LocalRateLimitSpec[],
  area: (name: string, bytes: number) => SharedArea,
  now: () => number = sharedMs,
): readonly (LocalLimit | null)[] {
  return specs.map((spec) => {
    const found = bucketArea(specs, spec);
    if (found === null) return null;
    const table = new KeyedTable(area(found.name, KeyedTable.bytesOf(found.shape)), found.shape);
    return new LocalLimit(spec, table, new Buckets(table.cells, spec, takesBack(specs, spec)), now);
  });
}

/** A limit that does not allow a request, and in how many milliseconds it would; 0: never. */
export interface Refusal {
  readonly limit: LocalLimit;
  readonly waitMs: number;
}

/**
 * Takes from all limits what a request needs of each, or from none: all of them are locked meanwhile, in the order of the
 * list.
 */
export class LocalTaker {
  readonly #limits: readonly LocalLimit[];
  readonly #now: () => number;
  readonly #at: Int32Array;

  constructor(limits: readonly LocalLimit[], now: () => number = sharedMs) {
    this.#limits = limits;
    this.#now = now;
    this.#at = new Int32Array(limits.length);
  }

  /**
   * @param keys Of the request, one for each limit.
   * @param demand What it needs of a limit.
   * @param noted Hears where the limits stand after.
   * @param taken Gets what was taken of each; null where nobody will put it back.
   */
  take(
    keys: readonly string[],
    demand: (spec: LocalRateLimitSpec) => Demand,
    noted: ExchangeLimits,
    taken: Taken[] | null,
  ): Refusal | null {
    const limits = this.#limits;
    const now = this.#now();
    let entered = 0;
    let refused: LocalLimit | null = null;
    let waitMs = 0;
    try {
      for (const [i, limit] of limits.entries()) {
        const at = limit.enter(keys[i] ?? '', now);
        this.#at[i] = at;
        entered++;
        const { need } = demand(limit.spec);
        if (limit.buckets.available(at) >= need) continue;
        const wait = limit.buckets.waitFor(at, need);
        if (refused === null || wait > waitMs) waitMs = wait;
        refused ??= limit;
      }
      for (const [i, limit] of limits.entries()) {
        const at = this.#at[i] ?? 0;
        const { take } = demand(limit.spec);
        if (refused === null && take > 0) limit.buckets.take(at, take);
        taken?.push({ key: keys[i] ?? '', tokens: refused === null ? take : 0, since: limit.buckets.filledAt(at) });
        noted.note(limit.spec.maxTokens, limit.buckets.available(at), limit.buckets.waitFor(at, 0));
      }
    } finally {
      for (let i = 0; i < entered; i++) limits[i]?.table.leave();
    }
    return refused === null ? null : { limit: refused, waitMs };
  }
}
