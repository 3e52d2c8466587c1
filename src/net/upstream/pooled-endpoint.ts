import type { Socket } from 'node:net';
import { toGatewayError, type GatewayError } from '../../base/errors.ts';
import { formatAddress } from '../../model/backend.ts';
import { ClientCall } from '../http1/client-call.ts';
import type { ClientConnection } from '../http1/client-connection.ts';
import type { ResponseParser } from '../http1/response-parser.ts';
import type { Endpoint, OutboundCall, OutboundHandler, OutboundRequest } from '../http/outbound.ts';
import type { Sweeper, Swept } from '../sweeper.ts';
import { AddressList, choose } from './address-list.ts';
import { AddressPool } from './address-pool.ts';
import type { ConnectionLimit } from './connection-limit.ts';
import { Connector, type SocketAddress, type ConnectObserver } from './connector.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import type { Resolver } from './resolver.ts';

/** An upstream with its connections to all the addresses that its name has. */
export class PooledEndpoint implements Endpoint, Swept {
  readonly name: string;
  readonly #spec: EndpointSpec;
  readonly #parser: ResponseParser;
  readonly #sweeper: Sweeper;
  readonly #connector: Connector;
  readonly #addresses: AddressList<AddressPool>;
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
    this.#spec = spec;
    this.#parser = parser;
    this.#sweeper = sweeper;
    this.#limit = limit;
    this.#connector = new Connector(spec, ['http/1.1'], onConnect);
    this.#addresses = new AddressList(spec, resolver, (address) => this.#pool(address));
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
    return true;
  }

  dispatch(request: OutboundRequest, handler: OutboundHandler): OutboundCall {
    const call = new ClientCall(request, handler);
    const pools = this.#addresses.current();
    if (pools !== null) {
      this.#send(call, pools);
      return call;
    }
    this.#addresses.resolve().then(
      (resolved) => {
        if (!call.over) this.#send(call, resolved);
      },
      (thrown: unknown) => call.fail(toGatewayError(thrown)),
    );
    return call;
  }

  sweep(now: number): void {
    const { poolIdleTimeoutMs } = this.#spec;
    if (this.#limit?.isWanted(true) === true) for (const pool of this.#addresses.known) pool.expire(Infinity);
    if (poolIdleTimeoutMs > 0) for (const pool of this.#addresses.known) pool.expire(now - poolIdleTimeoutMs);
  }

  /** Closes idle connections; those in use close when their response ends. */
  close(): void {
    this.#closed = true;
    this.#sweeper.delete(this);
    this.#addresses.close();
  }

  #pool(address: SocketAddress): AddressPool {
    return new AddressPool(
      address,
      this.#parser,
      this.#sweeper,
      this.#spec.poolMaxSize ?? Number.POSITIVE_INFINITY,
      this.#limit,
    );
  }

  #send(call: ClientCall, pools: readonly AddressPool[]): void {
    const first = choose(pools);
    const connection = first.take();
    if (connection === null) this.#connect(call, first, pools, []);
    else call.start(connection);
  }

  /** Connects to `pool`, then to the others in turn, until one answers. */
  #connect(call: ClientCall, pool: AddressPool, pools: readonly AddressPool[], tried: readonly AddressPool[]): void {
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
    pool: AddressPool,
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
