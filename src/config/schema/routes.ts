/** Routes. */

import { routeBackend, tcpRouteBackend, type RouteBackend, type TcpRouteBackend } from './backends.ts';
import { listOf } from './kit/collection.ts';
import { required, optional, defaulted } from './kit/field.ts';
import { hostname } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object, extend } from './kit/object.ts';
import { text, name } from './kit/scalar.ts';
import { union } from './kit/union.ts';
import { routeMatch, type RouteMatch } from './matches.ts';
import { routePolicies, tcpRoutePolicies, type RoutePolicies, type TcpRoutePolicies } from './route-policies.ts';

/** A route: what it matches, what happens, where it sends. */
export interface Route {
  readonly name?: string;
  readonly namespace?: string;
  readonly ruleName?: string;
  readonly hostnames: readonly string[];
  readonly matches: readonly RouteMatch[];
  readonly policies?: RoutePolicies;
  readonly backends: readonly RouteBackend[];
}

export const route: Schema<Route> = object<Route>('Route', 'A route: what it matches, what happens, where it sends.', {
  name: optional(text, 'Its name.'),
  namespace: optional(text, 'Its namespace.'),
  ruleName: optional(text, 'Name of the rule within a named route.'),
  hostnames: defaulted(listOf(hostname), [], "Host names that it serves; all of the listener's when empty."),
  matches: defaulted(listOf(routeMatch), [{ path: { pathPrefix: '/' } }], 'Conditions, of which one must hold.'),
  policies: optional(routePolicies, 'Its policies.'),
  backends: defaulted(listOf(routeBackend), [], 'Where it sends, by weight.'),
});

/** A TCP route. */
export interface TcpRoute {
  readonly name?: string;
  readonly namespace?: string;
  readonly ruleName?: string;
  readonly hostnames: readonly string[];
  readonly policies?: TcpRoutePolicies;
  readonly backends: readonly TcpRouteBackend[];
}

export const tcpRoute: Schema<TcpRoute> = object<TcpRoute>('TcpRoute', 'A TCP route.', {
  name: optional(text, 'Its name.'),
  namespace: optional(text, 'Its namespace.'),
  ruleName: optional(text, 'Name of the rule within a named route.'),
  hostnames: defaulted(listOf(hostname), [], 'TLS server names that it serves; all when empty.'),
  policies: optional(tcpRoutePolicies, 'Its policies.'),
  backends: defaulted(listOf(tcpRouteBackend), [], 'Where it sends, by weight.'),
});

/** Gateways by name, or `name/listener`; one or several. */
export type GatewayRefs = string | readonly string[];

export const gatewayRefs: Schema<GatewayRefs> = union(name, listOf(name));

/** Which gateways a top-level section attaches to. */
interface Attached {
  readonly gateways: GatewayRefs;
}

/** A route of the top-level list. */
export type AttachedRoute = Route & Attached;

export const attachedRoute: Schema<AttachedRoute> = extend<Route, Attached>(
  route,
  'AttachedRoute',
  'A route and the gateways that it belongs to.',
  {
    gateways: defaulted(
      gatewayRefs,
      [],
      'Gateways that it belongs to, as name or name/listener; `default` when empty.',
    ),
  },
  { open: true },
);

/** A TCP route of the top-level list. */
export type AttachedTcpRoute = TcpRoute & Attached;

export const attachedTcpRoute: Schema<AttachedTcpRoute> = extend<TcpRoute, Attached>(
  tcpRoute,
  'AttachedTcpRoute',
  'A TCP route and the gateways that it belongs to.',
  {
    gateways: defaulted(
      gatewayRefs,
      [],
      'Gateways that it belongs to, as name or name/listener; `default` when empty.',
    ),
  },
  { open: true },
);

/** Routes that other routes hand over to. */
export interface RouteGroup {
  readonly name: string;
  readonly routes: readonly Route[];
}

export const routeGroup: Schema<RouteGroup> = object<RouteGroup>(
  'RouteGroup',
  'Routes that other routes hand over to.',
  {
    name: required(text, 'Its name.'),
    routes: required(listOf(route), 'The routes.'),
  },
);
