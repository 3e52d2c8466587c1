import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { monotonicMs } from '../../base/clock.ts';
import type { GatewayError } from '../../base/errors.ts';
import { AddressList, type Addressed } from './address-list.ts';
import type { Connecting } from './connection-limit.ts';
import type { SocketAddress } from './connector.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import type { Resolver } from './resolver.ts';

/** How long a server is taken to speak what it last chose. */
const VERDICT_MS = 600_000;

/** What TLS agrees on. */
export type Negotiated = 'h2' | 'http/1.1';

/** Finds out by ALPN (RFC 7301) what an upstream speaks, with a connection of its own, and remembers it. */
export class Negotiation {
  readonly #addresses: AddressList<Addressed>;
  readonly #connector: Connecting;
  #verdict: Negotiated | null = null;
  #until = 0;
  #asking: Promise<Negotiated> | null = null;

  /** @param connector Offers both. */
  constructor(spec: EndpointSpec, resolver: Resolver, connector: Connecting) {
    this.#connector = connector;
    this.#addresses = new AddressList(spec, resolver, (address) => ({ address }));
  }

  /** What is known; null: {@link ask}. */
  get known(): Negotiated | null {
    return monotonicMs() < this.#until ? this.#verdict : null;
  }

  /** Asks the upstream, once for all who wait. Rejects with a GatewayError that is safe to retry. */
  ask(): Promise<Negotiated> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask(): Promise<Negotiated> {
    const addresses = this.#addresses.current() ?? (await this.#addresses.resolve());
    let failure: unknown;
    for (const { address } of addresses) {
      try {
        const socket = await this.#connect(address);
        this.#verdict = (socket as TLSSocket).alpnProtocol === 'h2' ? 'h2' : 'http/1.1';
        this.#until = monotonicMs() + VERDICT_MS;
        socket.on('error', () => undefined);
        socket.destroy();
        return this.#verdict;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  #connect(address: SocketAddress): Promise<Socket> {
    return new Promise((resolve, reject: (error: GatewayError) => void) => {
      this.#connector.connect(address, resolve, reject);
    });
  }
}
