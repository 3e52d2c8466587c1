import type { DynamicBackend, HostBackend } from './backend.ts';
import type { ServiceBackend } from './service.ts';
import type { BackendPolicySpecs } from './policy.ts';

/** A route of connections whose bytes are passed on as they are (Gateway API TCPRoute and TLSRoute rules). */
export interface TcpRoute {
  readonly key: string;
  readonly name: string;
  readonly namespace: string;
  readonly ruleName?: string;
  /** Server names that clients ask for by SNI: lower case or `*.suffix`; empty: every one, and none. */
  readonly hostnames: readonly string[];
  readonly backends: readonly TcpRouteBackend[];
}

/** A backend of a TCP route with its share of the connections. */
export interface TcpRouteBackend {
  readonly weight: number;
  /** The backend itself, or the name of a {@link HostBackend} in {@link Model.backends}. */
  readonly backend: HostBackend | ServiceBackend | DynamicBackend | { readonly kind: 'named'; readonly name: string };
  /** Of which connections have a use for `backendTLS`, `backendTunnel`, `tcp` and those that choose among endpoints. */
  readonly policies?: BackendPolicySpecs;
}
