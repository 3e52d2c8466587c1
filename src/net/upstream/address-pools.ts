import { random } from '../../base/random.ts';
import { toGatewayError, type GatewayError } from '../../base/errors.ts';
import type { Sweeper, Swept } from '../sweeper.ts';
import { AddressList } from './address-list.ts';
import type { ConnectionLimit } from './connection-limit.ts';
import type { SocketAddress } from './connector.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import type { Resolver } from './resolver.ts';

/** The connections to one address. */
export interface ConnectionPool {
  readonly address: SocketAddress;
  /** Connections without a request. */
  readonly idleCount: number;
  /** Requests that use this address, those still connecting included. */
  readonly inFlight: number;
  /** Closes connections idle since before `limit`, in milliseconds of the sweeper. */
  expire(limit: number): void;
  /** Closes idle connections now and busy ones when they are free. */
  close(): void;
}

/** The connections to all the addresses that an upstream's name has. */
export class AddressPools<P extends ConnectionPool> implements Swept {
  readonly #list: AddressList<P>;
  readonly #sweeper: Sweeper;
  readonly #idleTimeoutMs: number;
  readonly #limit: ConnectionLimit | null;

  /** @param open Makes the pool of an address that is new. */
  constructor(
    spec: EndpointSpec,
    resolver: Resolver,
    sweeper: Sweeper,
    limit: ConnectionLimit | null,
    open: (address: SocketAddress) => P,
  ) {
    this.#list = new AddressList(spec, resolver, open, (pool) => pool.close());
    this.#sweeper = sweeper;
    this.#idleTimeoutMs = spec.poolIdleTimeoutMs;
    this.#limit = limit;
    sweeper.add(this);
  }

  /** Idle connections and requests in flight, over all addresses. */
  get stats(): { readonly idle: number; readonly inFlight: number } {
    let idle = 0;
    let inFlight = 0;
    for (const pool of this.#list.known) {
      idle += pool.idleCount;
      inFlight += pool.inFlight;
    }
    return { idle, inFlight };
  }

  /** The pools, if nothing must be asked for them; else null: {@link resolve}. */
  current(): readonly P[] | null {
    return this.#list.current();
  }

  /** Calls `use` with the pools once the name is resolved, `onError` with dnsFailed if it cannot be. */
  resolve(use: (pools: readonly P[]) => void, onError: (error: GatewayError) => void): void {
    this.#list.resolve().then(use, (thrown: unknown) => onError(toGatewayError(thrown)));
  }

  sweep(now: number): void {
    if (this.#limit?.isWanted(true) === true) for (const pool of this.#list.known) pool.expire(Infinity);
    if (this.#idleTimeoutMs > 0) for (const pool of this.#list.known) pool.expire(now - this.#idleTimeoutMs);
  }

  /** Closes idle connections; those in use close when they are free. */
  close(): void {
    this.#sweeper.delete(this);
    this.#list.close();
  }
}

/** Of two pools taken at random the one with fewer requests in flight. */
export function choose<P extends ConnectionPool>(pools: readonly P[]): P {
  const count = pools.length;
  const a = pools[count === 1 ? 0 : Math.floor(random() * count)] as P;
  if (count === 1) return a;
  const offset = 1 + Math.floor(random() * (count - 1));
  const b = pools[(pools.indexOf(a) + offset) % count] as P;
  return b.inFlight < a.inFlight ? b : a;
}
