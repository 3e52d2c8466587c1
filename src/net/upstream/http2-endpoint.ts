import { formatAddress } from '../../model/backend.ts';
import { Http2Call } from '../http2/client-call.ts';
import type { Endpoint, OutboundCall, OutboundHandler, OutboundRequest } from '../http/outbound.ts';
import type { Sweeper } from '../sweeper.ts';
import { AddressPools, choose } from './address-pools.ts';
import type { ConnectionLimit } from './connection-limit.ts';
import { Connector, type ConnectObserver, type SocketAddress } from './connector.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import { Http2Pool } from './http2-pool.ts';
import type { Resolver } from './resolver.ts';

/** An upstream that is spoken to over HTTP/2: agreed on in TLS, else with prior knowledge (RFC 9113 §3.3). */
export class Http2Endpoint implements Endpoint {
  readonly name: string;
  readonly #pools: AddressPools<Http2Pool>;

  constructor(
    spec: EndpointSpec,
    resolver: Resolver,
    sweeper: Sweeper,
    onConnect: ConnectObserver,
    limit: ConnectionLimit | null = null,
  ) {
    this.name = formatAddress(spec.address);
    const own = new Connector(spec, ['h2'], onConnect);
    const connector = limit?.through(own) ?? own;
    const scheme = spec.tls === undefined ? 'http' : 'https';
    const open = (address: SocketAddress): Http2Pool => new Http2Pool(address, connector, sweeper, scheme);
    this.#pools = new AddressPools(spec, resolver, sweeper, limit, open);
  }

  /** Idle connections and requests in flight, over all addresses. */
  get stats(): { readonly idle: number; readonly inFlight: number } {
    return this.#pools.stats;
  }

  takesFramed(): boolean {
    return false;
  }

  dispatch(request: OutboundRequest, handler: OutboundHandler): OutboundCall {
    const call = new Http2Call(request, handler);
    const pools = this.#pools.current();
    if (pools !== null) {
      // Nothing may be called back before the caller has its call.
      process.nextTick(() => this.#send(call, pools));
      return call;
    }
    this.#pools.resolve(
      (resolved) => this.#send(call, resolved),
      (error) => call.fail(error),
    );
    return call;
  }

  /** Closes idle connections; those in use close when their streams end. */
  close(): void {
    this.#pools.close();
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
