import { ResponseParser } from '../http1/response-parser.ts';
import type { Endpoint } from '../http/outbound.ts';
import type { Sweeper } from '../sweeper.ts';
import type { ConnectionLimit } from './connection-limit.ts';
import type { ConnectObserver } from './connector.ts';
import { Dialer } from './dialer.ts';
import { endpointKey, type EndpointSpec } from './endpoint-spec.ts';
import { HttpEndpoint } from './http-endpoint.ts';
import { Resolver } from './resolver.ts';

/** One use of an endpoint. */
export interface EndpointHandle extends Endpoint {
  /** Gives it back; a second call does nothing. Requests in flight go on. */
  release(): void;
}

interface Held {
  readonly endpoint: HttpEndpoint;
  readonly spec: EndpointSpec;
  uses: number;
}

/** All endpoints of a worker. Those with equal specs are one, which lives as long as someone uses it. */
export class Endpoints {
  readonly #held = new Map<string, Held>();
  readonly #sweeper: Sweeper;
  /** Of all names of this worker's upstreams. */
  readonly resolver: Resolver;
  readonly #onConnect: ConnectObserver;
  readonly #parser = new ResponseParser();

  constructor(options: {
    readonly sweeper: Sweeper;
    readonly resolver?: Resolver;
    readonly onConnect?: ConnectObserver;
  }) {
    this.#sweeper = options.sweeper;
    this.#onConnect = options.onConnect ?? ((): void => undefined);
    this.resolver = options.resolver ?? new Resolver();
  }

  /**
   * The endpoint of `spec`. A new snapshot acquires its endpoints before the old one releases: so connections outlive
   * a reload that does not concern them.
   *
   * @param limit Of connections, where `spec.limitedBy` names one.
   */
  acquire(spec: EndpointSpec, limit: ConnectionLimit | null = null): EndpointHandle {
    const key = endpointKey(spec);
    let held = this.#held.get(key);
    if (held === undefined) {
      held = {
        endpoint: new HttpEndpoint(spec, this.resolver, this.#parser, this.#sweeper, this.#onConnect, limit),
        spec,
        uses: 0,
      };
      this.#held.set(key, held);
    }
    held.uses += 1;
    const { endpoint } = held;
    let released = false;
    return {
      name: endpoint.name,
      takesFramed: (request) => endpoint.takesFramed(request),
      dispatch: (request, handler) => endpoint.dispatch(request, handler),
      release: () => {
        if (released) return;
        released = true;
        this.#release(key);
      },
    };
  }

  /** For connections to the address of `spec` that are not HTTP's, and so not shared. */
  dialer(spec: EndpointSpec): Dialer {
    return new Dialer(spec, this.resolver, this.#onConnect);
  }

  /** Endpoints in use. */
  get size(): number {
    return this.#held.size;
  }

  /** Each endpoint's name, idle connections and requests in flight. */
  stats(): { readonly name: string; readonly idle: number; readonly inFlight: number }[] {
    return [...this.#held.values()].map(({ endpoint }) => ({ name: endpoint.name, ...endpoint.stats }));
  }

  #release(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    held.uses -= 1;
    if (held.uses > 0) return;
    this.#held.delete(key);
    held.endpoint.close();
    // Names that come and go (dynamic backends) would pile up; one still in use elsewhere is just asked for again.
    const { address, dnsFamily } = held.spec;
    if (address.kind === 'tcp') this.resolver.forget(address.host, dnsFamily);
  }
}
