import { isIP } from 'node:net';
import { formatAddress } from '../../model/backend.ts';
import type { SocketAddress } from './connector.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import type { Resolver } from './resolver.ts';

/** What is kept for one address. */
export interface Addressed {
  readonly address: SocketAddress;
}

/** The addresses that an upstream's name has now, with what is kept for each. */
export class AddressList<A extends Addressed> {
  readonly #spec: Pick<EndpointSpec, 'address' | 'dnsFamily'>;
  /** The upstream's name, where a proxy stands between. */
  readonly #behind: { readonly upstream: string } | Record<string, never>;
  readonly #resolver: Resolver;
  readonly #open: (address: SocketAddress) => A;
  readonly #drop: (entry: A) => void;
  /** The only address, where no name is to be resolved. */
  readonly #fixed: readonly A[] | null = null;
  /** What `#entries` was made for. */
  #resolved: readonly string[] | null = null;
  #entries: readonly A[] = [];

  /**
   * @param open What is kept for an address that is new.
   * @param drop Ends what is kept for one that the name has no longer.
   */
  constructor(
    { address, dnsFamily, proxy }: Pick<EndpointSpec, 'address' | 'dnsFamily' | 'proxy'>,
    resolver: Resolver,
    open: (address: SocketAddress) => A,
    drop: (entry: A) => void = () => undefined,
  ) {
    this.#behind = proxy === undefined ? {} : { upstream: formatAddress(address) };
    const dialled = proxy?.address ?? address;
    this.#spec = { address: dialled, dnsFamily };
    this.#resolver = resolver;
    this.#open = open;
    this.#drop = drop;
    if (dialled.kind === 'unix') this.#fixed = [open({ kind: 'unix', path: dialled.path, ...this.#behind })];
    else if (isIP(dialled.host) !== 0) {
      this.#fixed = [open({ kind: 'ip', ip: dialled.host, port: dialled.port, ...this.#behind })];
    }
    this.#entries = this.#fixed ?? [];
  }

  /** Those that are known. */
  get known(): readonly A[] {
    return this.#entries;
  }

  /** Those of the name, if nothing must be asked for them. */
  current(): readonly A[] | null {
    if (this.#fixed !== null) return this.#fixed;
    const { address, dnsFamily } = this.#spec;
    if (address.kind === 'unix') return null;
    const addresses = this.#resolver.current(address.host, dnsFamily);
    return addresses === null ? null : this.#entriesFor(addresses);
  }

  /** Those of the name. Rejects with dnsFailed. */
  async resolve(): Promise<readonly A[]> {
    const { address, dnsFamily } = this.#spec;
    if (address.kind === 'unix') return this.#entries;
    return this.#entriesFor(await this.#resolver.resolve(address.host, dnsFamily));
  }

  /** Ends what is kept for all. */
  close(): void {
    for (const entry of this.#entries) this.#drop(entry);
  }

  /** The entries of the addresses; those of addresses that stay are kept. */
  #entriesFor(addresses: readonly string[]): readonly A[] {
    const { address } = this.#spec;
    if (this.#resolved === addresses || address.kind === 'unix') return this.#entries;
    const before = this.#entries;
    const after = addresses.map((ip) => {
      const known = before.find((entry) => entry.address.kind === 'ip' && entry.address.ip === ip);
      return known ?? this.#open({ kind: 'ip', ip, port: address.port, ...this.#behind });
    });
    for (const entry of before) if (!after.includes(entry)) this.#drop(entry);
    this.#resolved = addresses;
    this.#entries = after;
    return after;
  }
}
