import type { BackendPolicySpecs, PolicySpecs } from './policy.ts';
import type { Backend } from './backend.ts';

/** An HTTP route of a listener (Gateway API HTTPRoute rule): what it matches and where it sends. */
export interface Route {
  readonly key: string;
  readonly name: string;
  readonly namespace: string;
  readonly ruleName?: string;
  /** Lower-case names or `*.suffix`; empty: every host of the listener. */
  readonly hostnames: readonly string[];
  /** One of these must match; never empty. */
  readonly matches: readonly RouteMatch[];
  /** Levels of policies, least specific first: gateway, listener, route, rule, inline. */
  readonly policies: readonly PolicySpecs[];
  readonly backends: readonly RouteBackend[];
}

/** All parts present must hold (Gateway API HTTPRouteMatch). */
export interface RouteMatch {
  readonly path: PathMatch;
  /** Upper case. */
  readonly method?: string;
  readonly headers: readonly ValueMatch[];
  readonly query: readonly ValueMatch[];
}

/** A test of the path: all of it, whole leading segments, or a pattern for all of it (Gateway API HTTPPathMatch). */
export type PathMatch =
  | { readonly kind: 'exact'; readonly value: string }
  | { readonly kind: 'prefix'; readonly value: string }
  | { readonly kind: 'regex'; readonly value: string };

/** A header or query parameter by name; a regex matches the whole value. */
export type ValueMatch =
  | { readonly kind: 'exact'; readonly name: string; readonly value: string }
  | { readonly kind: 'regex'; readonly name: string; readonly value: string };

/** A backend of a route with its share of the traffic and the policies of this use of it. */
export interface RouteBackend {
  readonly weight: number;
  /** The backend itself, or the name of one in {@link Model.backends}. */
  readonly backend: Backend | { readonly kind: 'named'; readonly name: string };
  readonly policies?: BackendPolicySpecs;
}
