import { toGatewayError } from '../../base/errors.ts';
import { formatAddress } from '../../model/backend.ts';
import { ClientCall } from '../http1/client-call.ts';
import type { ResponseParser } from '../http1/response-parser.ts';
import type { Endpoint, OutboundCall, OutboundHandler, OutboundRequest } from '../http/outbound.ts';
import type { Sweeper, Swept } from '../sweeper.ts';
import { AddressList, choose } from './address-list.ts';
import { AddressPool } from './address-pool.ts';
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
  #closed = false;

  constructor(
    spec: EndpointSpec,
    resolver: Resolver,
    parser: ResponseParser,
    sweeper: Sweeper,
    onConnect: ConnectObserver,
  ) {
    this.name = formatAddress(spec.address);
    this.#spec = spec;
    this.#parser = parser;
    this.#sweeper = sweeper;
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
    if (poolIdleTimeoutMs > 0) for (const pool of this.#addresses.known) pool.expire(now - poolIdleTimeoutMs);
  }

  /** Closes idle connections; those in use close when their response ends. */
  close(): void {
    this.#closed = true;
    this.#sweeper.delete(this);
    this.#addresses.close();
  }

  #pool(address: SocketAddress): AddressPool {
    return new AddressPool(address, this.#parser, this.#sweeper, this.#spec.poolMaxSize ?? Number.POSITIVE_INFINITY);
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
    const cancel = this.#connector.connect(
      pool.address,
      (socket) => {
        const connection = pool.adopt(socket);
        if (this.#closed) pool.close();
        call.start(connection);
      },
      (error) => {
        pool.inFlight -= 1;
        call.whileConnecting(null);
        const failed = [...tried, pool];
        const next = pools.find((other) => !failed.includes(other));
        if (next === undefined) call.fail(error);
        else this.#connect(call, next, pools, failed);
      },
    );
    call.whileConnecting(() => {
      pool.inFlight -= 1;
      cancel();
    });
  }
}
