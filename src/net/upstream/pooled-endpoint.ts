import { isIP } from 'node:net';
import { GatewayError, toGatewayError } from '../../base/errors.ts';
import { random } from '../../base/random.ts';
import { formatAddress } from '../../model/backend.ts';
import { ClientCall } from '../http1/client-call.ts';
import type { ResponseParser } from '../http1/response-parser.ts';
import type { Endpoint, OutboundCall, OutboundHandler, OutboundRequest } from '../http/outbound.ts';
import type { Sweeper, Swept } from '../sweeper.ts';
import { AddressPool } from './address-pool.ts';
import { Connector, type SocketAddress, type ConnectObserver } from './connector.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import type { Resolver } from './resolver.ts';

/** An upstream with its connections to all the addresses that its name has. */
export class PooledEndpoint implements Endpoint, Swept {
  readonly name: string;
  readonly #spec: EndpointSpec;
  readonly #resolver: Resolver;
  readonly #parser: ResponseParser;
  readonly #sweeper: Sweeper;
  readonly #connector: Connector;
  /** The only address, where no name is to be resolved. */
  readonly #fixed: readonly AddressPool[] | null = null;
  /** What `#pools` was made for. */
  #resolved: readonly string[] | null = null;
  #pools: readonly AddressPool[] = [];
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
    this.#resolver = resolver;
    this.#parser = parser;
    this.#sweeper = sweeper;
    this.#connector = new Connector(spec, onConnect);
    const { address } = spec;
    if (address.kind === 'unix') this.#fixed = [this.#pool({ kind: 'unix', path: address.path })];
    else if (isIP(address.host) !== 0) {
      this.#fixed = [this.#pool({ kind: 'ip', ip: address.host, port: address.port })];
    }
    this.#pools = this.#fixed ?? [];
    sweeper.add(this);
  }

  /** Idle connections and requests in flight, over all addresses. */
  get stats(): { readonly idle: number; readonly inFlight: number } {
    let idle = 0;
    let inFlight = 0;
    for (const pool of this.#pools) {
      idle += pool.idleCount;
      inFlight += pool.inFlight;
    }
    return { idle, inFlight };
  }

  dispatch(request: OutboundRequest, handler: OutboundHandler): OutboundCall {
    const call = new ClientCall(request, handler);
    if (!isTarget.test(request.target)) {
      process.nextTick(() => call.fail(new GatewayError('internal', 'the request target to the upstream is invalid')));
      return call;
    }
    const pools = this.#current();
    if (pools !== null) {
      this.#send(call, pools);
      return call;
    }
    const { address, dnsFamily } = this.#spec;
    if (address.kind === 'tcp') {
      this.#resolver.resolve(address.host, dnsFamily).then(
        (addresses) => {
          if (!call.over) this.#send(call, this.#poolsFor(addresses));
        },
        (thrown: unknown) => call.fail(toGatewayError(thrown)),
      );
    }
    return call;
  }

  sweep(now: number): void {
    const { poolIdleTimeoutMs } = this.#spec;
    if (poolIdleTimeoutMs > 0) for (const pool of this.#pools) pool.expire(now - poolIdleTimeoutMs);
  }

  /** Closes idle connections; those in use close when their response ends. */
  close(): void {
    this.#closed = true;
    this.#sweeper.delete(this);
    for (const pool of this.#pools) pool.close();
  }

  #current(): readonly AddressPool[] | null {
    if (this.#fixed !== null) return this.#fixed;
    const { address, dnsFamily } = this.#spec;
    if (address.kind === 'unix') return null;
    const addresses = this.#resolver.current(address.host, dnsFamily);
    return addresses === null ? null : this.#poolsFor(addresses);
  }

  /** Pools for the addresses; those of addresses that stay are kept with their connections. */
  #poolsFor(addresses: readonly string[]): readonly AddressPool[] {
    const { address } = this.#spec;
    if (this.#resolved === addresses || address.kind === 'unix') return this.#pools;
    const before = this.#pools;
    const after = addresses.map((ip) => {
      const known = before.find((pool) => pool.address.kind === 'ip' && pool.address.ip === ip);
      return known ?? this.#pool({ kind: 'ip', ip, port: address.port });
    });
    for (const pool of before) if (!after.includes(pool)) pool.close();
    this.#resolved = addresses;
    this.#pools = after;
    return after;
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

/** Visible characters only: a blank or a line end would make another request out of it. */
const isTarget = /^[\x21-\x7e\x80-\xff]+$/;

/** Of two addresses taken at random the one with fewer requests in flight. */
function choose(pools: readonly AddressPool[]): AddressPool {
  const count = pools.length;
  const a = pools[count === 1 ? 0 : Math.floor(random() * count)] as AddressPool;
  if (count === 1) return a;
  const offset = 1 + Math.floor(random() * (count - 1));
  const b = pools[(pools.indexOf(a) + offset) % count] as AddressPool;
  return b.inFlight < a.inFlight ? b : a;
}
