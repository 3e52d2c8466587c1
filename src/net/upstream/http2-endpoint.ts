import { toGatewayError } from '../../base/errors.ts';
import { formatAddress } from '../../model/backend.ts';
import { Http2Call } from '../http2/client-call.ts';
import type { Endpoint, OutboundCall, OutboundHandler, OutboundRequest } from '../http/outbound.ts';
import type { Sweeper, Swept } from '../sweeper.ts';
import { AddressList, choose } from './address-list.ts';
import type { ConnectionLimit } from './connection-limit.ts';
import { Connector, type ConnectObserver } from './connector.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import { Http2Pool } from './http2-pool.ts';
import type { Resolver } from './resolver.ts';

/** An upstream that is spoken to over HTTP/2: agreed on in TLS, else with prior knowledge (RFC 9113 §3.3). */
export class Http2Endpoint implements Endpoint, Swept {
  readonly name: string;
  readonly #spec: EndpointSpec;
  readonly #sweeper: Sweeper;
  readonly #addresses: AddressList<Http2Pool>;
  readonly #limit: ConnectionLimit | null;

  constructor(
    spec: EndpointSpec,
    resolver: Resolver,
    sweeper: Sweeper,
    onConnect: ConnectObserver,
    limit: ConnectionLimit | null = null,
  ) {
    this.name = formatAddress(spec.address);
    this.#spec = spec;
    this.#sweeper = sweeper;
    const own = new Connector(spec, ['h2'], onConnect);
    const connector = limit?.through(own) ?? own;
    this.#limit = limit;
    const scheme = spec.tls === undefined ? 'http' : 'https';
    this.#addresses = new AddressList(spec, resolver, (address) => new Http2Pool(address, connector, sweeper, scheme));
    sweeper.add(this);
  }

  /** Idle connections and requests in flight, over all addresses. */
  get stats(): { readonly idle: number; readonly inFlight: number } {
    let idle = 0;
    let inFlight = 0;
    for (const pool of this.#addresses.known) {
      idle += pool.idleCount;
      inFlight += pool.inFlight;
    }
    return { idle, inFlight };
  }

  takesFramed(): boolean {
    return false;
  }

  dispatch(request: OutboundRequest, handler: OutboundHandler): OutboundCall {
    const call = new Http2Call(request, handler);
    const pools = this.#addresses.current();
    if (pools !== null) {
      // Nothing may be called back before the caller has its call.
      process.nextTick(() => this.#send(call, pools));
      return call;
    }
    this.#addresses.resolve().then(
      (resolved) => this.#send(call, resolved),
      (thrown: unknown) => call.fail(toGatewayError(thrown)),
    );
    return call;
  }

  sweep(now: number): void {
    const { poolIdleTimeoutMs } = this.#spec;
    if (this.#limit?.isWanted(true) === true) for (const pool of this.#addresses.known) pool.expire(Infinity);
    if (poolIdleTimeoutMs > 0) for (const pool of this.#addresses.known) pool.expire(now - poolIdleTimeoutMs);
  }

  /** Closes idle connections; those in use close when their streams end. */
  close(): void {
    this.#sweeper.delete(this);
    this.#addresses.close();
  }

  #send(call: Http2Call, pools: readonly Http2Pool[]): void {
    if (call.over) return;
    this.#try(call, choose(pools), pools, []);
  }

  /** Sends to `pool`; where no connection can be made, to the others in turn. */
  #try(call: Http2Call, pool: Http2Pool, pools: readonly Http2Pool[], tried: readonly Http2Pool[]): void {
    pool.send(call, (error) => {
      const failed = [...tried, pool];
      const next = pools.find((other) => !failed.includes(other));
      if (next !== undefined) this.#try(call, next, pools, failed);
      else call.fail(error);
    });
  }
}
