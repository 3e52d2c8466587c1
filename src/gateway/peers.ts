import { GatewayError } from '../base/errors.ts';
import type { Inbound } from '../net/http/inbound.ts';
import type { Endpoints } from '../net/upstream/endpoints.ts';
import type { Exchange } from './exchange.ts';
import { relay } from './upstream/relay.ts';
import type { Upstream } from './upstream/upstream.ts';

/** Fields that one worker adds for another on its private socket; never taken from clients. */
const bindField = 'x-waygate-peer-bind';
const backendField = 'x-waygate-peer-backend';

/** Passes exchanges on to the worker that owns what is in flight for them. */
export class Peers {
  readonly #endpoints: Endpoints;
  readonly #socketPath: (worker: number) => string;
  readonly #upstreams: Map<number, Upstream> = new Map();

  constructor(endpoints: Endpoints, socketPath: (worker: number) => string) {
    this.#endpoints = endpoints;
    this.#socketPath = socketPath;
  }

  /** Sends the exchange to `worker`, whose backend of the same key serves it; the answer comes back through here. */
  relay(x: Exchange, worker: number, backendKey: string): void {
    x.request.headers.set(bindField, encodeURIComponent(x.bind.key));
    x.request.headers.set(backendField, encodeURIComponent(backendKey));
    x.retry = null;
    x.authorityRewrite = 'none';
    relay(x, this.#upstream(worker), null, null);
  }

  #upstream(worker: number): Upstream {
    let upstream = this.#upstreams.get(worker);
    if (upstream === undefined) {
      upstream = {
        endpoint: this.#endpoints.acquire({
          address: { kind: 'unix', path: this.#socketPath(worker) },
          connectTimeoutMs: 2000,
          poolIdleTimeoutMs: 30_000,
          dnsFamily: 'auto',
        }),
        authority: 'localhost',
        namesHost: false,
        requestSteps: [],
        responseSteps: [],
        redirect: null,
        requestTimeoutMs: 0,
      };
      this.#upstreams.set(worker, upstream);
    }
    return upstream;
  }
}

/** What a peer's request says it is for; its fields are taken out of the request. */
export function peerTarget(inbound: Inbound): { readonly bind: string; readonly backend: string } {
  const { headers } = inbound.head;
  const bind = headers.get(bindField);
  const backend = headers.get(backendField);
  if (bind === undefined || backend === undefined) throw new GatewayError('badRequest');
  headers.delete(bindField);
  headers.delete(backendField);
  return { bind: decodeURIComponent(bind), backend: decodeURIComponent(backend) };
}
