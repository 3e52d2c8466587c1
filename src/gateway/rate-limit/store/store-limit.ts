import { hash } from 'node:crypto';
import { monotonicMs } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { LimitStoreSpec, LocalRateLimitSpec } from '../../../model/policies/rate-limit.ts';
import type { ServiceCalls } from '../../envoy/service-calls.ts';
import type { ExchangeLimits } from '../exchange-limits.ts';
import { LocalTaker, type LocalLimit, type Taken } from '../local-limits.ts';
import type { ScriptReply } from './bucket-script.ts';
import { StoreLate, type StoreConnection } from './store-connection.ts';

/** How a limit decided. */
export interface StoreDecision {
  readonly admitted: boolean;
  /** Milliseconds until what was needed is there; 0: not known. */
  readonly waitMs: number;
  /** For {@link StoreLimit.settle}. */
  readonly taken: StoreTaken;
}

/** What was taken of a limit with a store: there, here while the store failed, or nowhere. */
export type StoreTaken =
  | { readonly kind: 'store'; readonly key: string; readonly tokens: number; readonly since: string }
  | { readonly kind: 'local'; readonly taken: Taken }
  | { readonly kind: 'nothing' };

const nothing: StoreTaken = { kind: 'nothing' };

/** A limit whose buckets are in a store that several gateways share. */
export class StoreLimit {
  readonly spec: LocalRateLimitSpec;
  readonly #store: LimitStoreSpec;
  readonly #connection: StoreConnection;
  readonly #calls: ServiceCalls;
  /** Counts here while the store fails; null where it must not. */
  readonly #local: LocalLimit | null;
  readonly #taker: LocalTaker | null;
  readonly #prefix: string;
  readonly #rule: readonly string[];

  constructor(
    spec: LocalRateLimitSpec,
    store: LimitStoreSpec,
    connection: StoreConnection,
    local: LocalLimit | null,
    calls: ServiceCalls,
  ) {
    const { id, type, maxTokens, tokensPerFill, fillIntervalMs } = spec;
    this.spec = spec;
    this.#store = store;
    this.#connection = connection;
    this.#calls = calls;
    this.#local = local;
    this.#taker = local === null ? null : new LocalTaker([local]);
    this.#rule = [String(maxTokens), String(tokensPerFill), String(fillIntervalMs)];
    this.#prefix = JSON.stringify([id, type, ...this.#rule, spec.key?.expression ?? '']);
  }

  /** Takes from the bucket of `key`. Rejects with GatewayError `rateLimitFailed` where the store fails and must not. */
  async take(key: string, need: number, take: number, noted: ExchangeLimits): Promise<StoreDecision> {
    const name = this.#nameOf(key);
    const started = monotonicMs();
    try {
      const args = ['take', ...this.#rule, String(need), String(take), '0'];
      const reply = await this.#connection.run(name, args, this.#store.timeoutMs);
      this.#calls.succeeded(started);
      noted.note(this.spec.maxTokens, Number(reply[1]), Number(reply[3]));
      const admitted = reply[0] === 1;
      const taken: StoreTaken = admitted ? { kind: 'store', key: name, tokens: take, since: reply[2] } : nothing;
      return { admitted, waitMs: Number(reply[4]), taken };
    } catch (error) {
      return this.#without(error, { key, name, need, take }, noted);
    }
  }

  /** Settles what was taken for something that used `used`; in the background. */
  settle(taken: StoreTaken, used: number): void {
    if (taken.kind === 'local') this.#local?.settle(taken.taken, used);
    if (taken.kind !== 'store' || used === taken.tokens) return;
    const args = ['settle', ...this.#rule, taken.since, String(taken.tokens - used), '0'];
    this.#connection.run(taken.key, args, this.#store.timeoutMs).then(
      () => undefined,
      (error: unknown) => {
        if (!(error instanceof StoreLate)) this.#calls.failed(error, 'what was used is not settled');
      },
    );
  }

  /** Takes what was used and nothing was taken of before, there or not; in the background. */
  charge(key: string, used: number): void {
    this.settle({ kind: 'store', key: this.#nameOf(key), tokens: 0, since: '0' }, used);
  }

  #without(
    error: unknown,
    {
      key,
      name,
      need,
      take,
    }: { readonly key: string; readonly name: string; readonly need: number; readonly take: number },
    noted: ExchangeLimits,
  ): StoreDecision {
    const { failureMode } = this.#store;
    const effect = { failClosed: 'refused', failOpen: 'not limited', failLocal: 'counted in this process' }[
      failureMode
    ];
    this.#calls.failed(error, `the request was ${effect}`);
    if (error instanceof StoreLate) {
      error.pending.then(
        (reply) => this.#late(reply, name, failureMode === 'failOpen' ? 0 : take),
        () => undefined, // It was counted as failed already.
      );
    }
    if (failureMode === 'failOpen') return { admitted: true, waitMs: 0, taken: nothing };
    if (this.#taker === null) {
      throw new GatewayError('rateLimitFailed', 'the store of the rate limit did not answer', { cause: error });
    }
    const taken: Taken[] = [];
    const refused = this.#taker.take([key], () => ({ need, take }), noted, taken);
    const [here] = taken;
    return {
      admitted: refused === null,
      waitMs: refused?.waitMs ?? 0,
      taken: here === undefined || refused !== null ? nothing : { kind: 'local', taken: here },
    };
  }

  /** The store counted something that was refused, or counted here, in the meantime. */
  #late(reply: ScriptReply, name: string, take: number): void {
    if (reply[0] === 1 && take > 0) this.settle({ kind: 'store', key: name, tokens: take, since: reply[2] }, 0);
  }

  /** Keys may be long, and may be personal: the store sees a digest. Braces keep to one node what may ever be used together. */
  #nameOf(key: string): string {
    return `waygate:limit:{${hash('sha256', `${this.#prefix}${key}`, 'base64url')}}`;
  }
}
