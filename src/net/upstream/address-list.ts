import { isIP } from 'node:net';
import { random } from '../../base/random.ts';
import { formatAddress } from '../../model/backend.ts';
import type { SocketAddress } from './connector.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import type { Resolver } from './resolver.ts';

/** The connections to one address. */
export interface AddressConnections {
  readonly address: SocketAddress;
  /** Requests that use this address, those still connecting included. */
  readonly inFlight: number;
  /** Closes idle connections now and busy ones when they are free. */
  close(): void;
}

/** The addresses that an upstream's name has now, each with its connections. */
export class AddressList<P extends AddressConnections> {
  readonly #spec: Pick<EndpointSpec, 'address' | 'dnsFamily'>;
  /** The upstream's name, where a proxy stands between. */
  readonly #behind: { readonly upstream: string } | Record<string, never>;
  readonly #resolver: Resolver;
  readonly #open: (address: SocketAddress) => P;
  /** The only address, where no name is to be resolved. */
  readonly #fixed: readonly P[] | null = null;
  /** What `#pools` was made for. */
  #resolved: readonly string[] | null = null;
  #pools: readonly P[] = [];

  /** @param open Makes the connections of an address that is new. */
  constructor(
    { address, dnsFamily, proxy }: Pick<EndpointSpec, 'address' | 'dnsFamily' | 'proxy'>,
    resolver: Resolver,
    open: (address: SocketAddress) => P,
  ) {
    this.#behind = proxy === undefined ? {} : { upstream: formatAddress(address) };
    const dialled = proxy?.address ?? address;
    this.#spec = { address: dialled, dnsFamily };
    this.#resolver = resolver;
    this.#open = open;
    if (dialled.kind === 'unix') this.#fixed = [open({ kind: 'unix', path: dialled.path, ...this.#behind })];
    else if (isIP(dialled.host) !== 0) {
      this.#fixed = [open({ kind: 'ip', ip: dialled.host, port: dialled.port, ...this.#behind })];
    }
    this.#pools = this.#fixed ?? [];
  }

  /** Those that are known, connected or not. */
  get known(): readonly P[] {
    return this.#pools;
  }

  /** The addresses, if nothing must be asked for them. */
  current(): readonly P[] | null {
    if (this.#fixed !== null) return this.#fixed;
    const { address, dnsFamily } = this.#spec;
    if (address.kind === 'unix') return null;
    const addresses = this.#resolver.current(address.host, dnsFamily);
    return addresses === null ? null : this.#poolsFor(addresses);
  }

  /** The addresses. Rejects with dnsFailed. */
  async resolve(): Promise<readonly P[]> {
    const { address, dnsFamily } = this.#spec;
    if (address.kind === 'unix') return this.#pools;
    return this.#poolsFor(await this.#resolver.resolve(address.host, dnsFamily));
  }

  close(): void {
    for (const pool of this.#pools) pool.close();
  }

  /** Connections for the addresses; those of addresses that stay are kept. */
  #poolsFor(addresses: readonly string[]): readonly P[] {
    const { address } = this.#spec;
    if (this.#resolved === addresses || address.kind === 'unix') return this.#pools;
    const before = this.#pools;
    const after = addresses.map((ip) => {
      const known = before.find((pool) => pool.address.kind === 'ip' && pool.address.ip === ip);
      return known ?? this.#open({ kind: 'ip', ip, port: address.port, ...this.#behind });
    });
    for (const pool of before) if (!after.includes(pool)) pool.close();
    this.#resolved = addresses;
    this.#pools = after;
    return after;
  }
}

/** Of two addresses taken at random the one with fewer requests in flight. */
export function choose<P extends AddressConnections>(pools: readonly P[]): P {
  const count = pools.length;
  const a = pools[count === 1 ? 0 : Math.floor(random() * count)] as P;
  if (count === 1) return a;
  const offset = 1 + Math.floor(random() * (count - 1));
  const b = pools[(pools.indexOf(a) + offset) % count] as P;
  return b.inFlight < a.inFlight ? b : a;
}
