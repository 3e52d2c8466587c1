import type { Socket } from 'node:net';
import type { GatewayError } from '../../base/errors.ts';
import { formatAddress } from '../../model/backend.ts';
import { ClientCall } from '../http1/client-call.ts';
import type { ClientConnection } from '../http1/client-connection.ts';
import type { ResponseParser } from '../http1/response-parser.ts';
import type { Endpoint, OutboundCall, OutboundHandler, OutboundRequest } from '../http/outbound.ts';
import type { Sweeper } from '../sweeper.ts';
import { AddressPools, choose } from './address-pools.ts';
import { Http1Pool } from './http1-pool.ts';
import type { ConnectionLimit } from './connection-limit.ts';
import { Connector, type SocketAddress, type ConnectObserver } from './connector.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import type { Resolver } from './resolver.ts';

/** An upstream that is spoken to over HTTP/1.1. */
export class Http1Endpoint implements Endpoint {
  readonly name: string;
  readonly #connector: Connector;
  readonly #pools: AddressPools<Http1Pool>;
  readonly #limit: ConnectionLimit | null;
  #closed = false;

  constructor(
    spec: EndpointSpec,
    resolver: Resolver,
    parser: ResponseParser,
    sweeper: Sweeper,
    onConnect: ConnectObserver,
    limit: ConnectionLimit | null = null,
  ) {
    this.name = formatAddress(spec.address);
    this.#limit = limit;
    this.#connector = new Connector(spec, ['http/1.1'], onConnect);
    const maxIdle = spec.poolMaxSize ?? Number.POSITIVE_INFINITY;
    const open = (address: SocketAddress): Http1Pool => new Http1Pool(address, parser, sweeper, maxIdle, limit);
    this.#pools = new AddressPools(spec, resolver, sweeper, limit, open);
  }

  /** Idle connections and requests in flight, over all addresses. */
  get stats(): { readonly idle: number; readonly inFlight: number } {
    return this.#pools.stats;
  }

  takesFramed(): boolean {
    return true;
  }

  dispatch(request: OutboundRequest, handler: OutboundHandler): OutboundCall {
    const call = new ClientCall(request, handler);
    const pools = this.#pools.current();
    if (pools !== null) {
      this.#send(call, pools);
      return call;
    }
    this.#pools.resolve(
      (resolved) => {
        if (!call.over) this.#send(call, resolved);
      },
      (error) => call.fail(error),
    );
    return call;
  }

  /** Closes idle connections; those in use close when their response ends. */
  close(): void {
    this.#closed = true;
    this.#pools.close();
  }

  #send(call: ClientCall, pools: readonly Http1Pool[]): void {
    const first = choose(pools);
    const connection = first.take();
    if (connection === null) this.#connect(call, first, pools, []);
    else call.start(connection);
  }

  /** Connects to `pool`, then to the others in turn, until one answers. */
  #connect(call: ClientCall, pool: Http1Pool, pools: readonly Http1Pool[], tried: readonly Http1Pool[]): void {
    pool.inFlight += 1;
    const onSocket = (socket: Socket): void => {
      const connection = pool.adopt(socket);
      if (this.#closed) pool.close();
      call.start(connection);
    };
    const onError = (error: GatewayError): void => {
      pool.inFlight -= 1;
      call.whileConnecting(null);
      const failed = [...tried, pool];
      const next = pools.find((other) => !failed.includes(other));
      if (next === undefined) call.fail(error);
      else this.#connect(call, next, pools, failed);
    };
    const cancel =
      this.#limit === null
        ? this.#connector.connect(pool.address, onSocket, onError)
        : this.#connectLimited(this.#limit, call, pool, onSocket, onError);
    call.whileConnecting(() => {
      pool.inFlight -= 1;
      cancel();
    });
  }

  /** Connects when there is a place, or goes on over a connection that is free before. */
  #connectLimited(
    limit: ConnectionLimit,
    call: ClientCall,
    pool: Http1Pool,
    onSocket: (socket: Socket) => void,
    onError: (error: GatewayError) => void,
  ): () => void {
    const use = (connection: ClientConnection): void => {
      cancel();
      call.start(connection);
    };
    const entered = (): void => pool.forgetWaiting(use);
    const failed = (error: GatewayError): void => {
      entered();
      onError(error);
    };
    pool.wait(use);
    const cancel = limit.connect(this.#connector, pool.address, onSocket, failed, entered);
    return () => {
      entered();
      cancel();
    };
  }
}
