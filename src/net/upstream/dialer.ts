import type { Socket } from 'node:net';
import { random } from '../../base/random.ts';
import { toGatewayError, type GatewayError } from '../../base/errors.ts';
import { formatAddress } from '../../model/backend.ts';
import { AddressList, type Addressed } from './address-list.ts';
import { Connector, socketAddressText, type ConnectObserver } from './connector.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import type { Resolver } from './resolver.ts';

/** Opens connections to an upstream, each for one client: nothing is pooled. */
export class Dialer {
  /** `host:port`, `[v6]:port` or `unix:/path`. */
  readonly name: string;
  readonly #spec: EndpointSpec;
  readonly #resolver: Resolver;
  readonly #connector: Connector;
  readonly #addresses: AddressList<Addressed>;

  constructor(spec: EndpointSpec, resolver: Resolver, onConnect: ConnectObserver) {
    this.name = formatAddress(spec.address);
    this.#spec = spec;
    this.#resolver = resolver;
    this.#connector = new Connector(spec, spec.tls?.alpn ?? [], onConnect);
    this.#addresses = new AddressList(spec, resolver, (address) => ({ address }));
  }

  /**
   * Connects to one of the upstream's addresses, to the next where one fails; the first is taken at random. Exactly one of
   * the callbacks is called, later. The socket is paused and half-open allowed. Returns what gives up; then none is called.
   */
  dial(onSocket: (socket: Socket, address: string) => void, onError: (error: GatewayError) => void): () => void {
    let cancelled = false;
    let cancel = (): void => undefined;
    const connect = (addresses: readonly Addressed[]): void => {
      const first = Math.floor(random() * addresses.length);
      const attempt = (index: number): void => {
        const { address } = addresses[(first + index) % addresses.length] as Addressed;
        cancel = this.#connector.connect(
          address,
          (socket) => {
            // The end of one direction is not the end of the other.
            socket.allowHalfOpen = true;
            socket.pause();
            onSocket(socket, socketAddressText(address));
          },
          (error) => (index + 1 < addresses.length ? attempt(index + 1) : onError(error)),
        );
      };
      attempt(0);
    };
    const known = this.#addresses.current();
    if (known !== null) connect(known);
    else {
      this.#addresses.resolve().then(
        (addresses) => {
          if (!cancelled) connect(addresses);
        },
        (error: unknown) => {
          if (!cancelled) onError(toGatewayError(error));
        },
      );
    }
    return () => {
      cancelled = true;
      cancel();
    };
  }

  /** Nobody will dial any more: what was looked up for it is forgotten. */
  close(): void {
    // Names that come and go would pile up; one still in use elsewhere is just asked for again.
    const { address, dnsFamily } = this.#spec;
    if (address.kind === 'tcp') this.#resolver.forget(address.host, dnsFamily);
  }
}
