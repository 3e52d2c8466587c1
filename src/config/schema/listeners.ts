/** Where Waygate listens: binds and gateways. */

import { beyond } from './beyond.ts';
import { listOf, literals } from './kit/collection.ts';
import { required, optional, defaulted } from './kit/field.ts';
import { hostname, ipAddress } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object, merged } from './kit/object.ts';
import { text, port } from './kit/scalar.ts';
import { gatewayPolicies, type GatewayPolicies } from './route-policies.ts';
import { route, tcpRoute, type Route, type TcpRoute } from './routes.ts';
import { listenerTls, type ListenerTls } from './tls.ts';

/** Protocols around connections. */
type TunnelProtocol = 'direct' | 'hboneWaypoint' | 'hboneGateway' | 'proxy' | 'connect';

const tunnelProtocol: Schema<TunnelProtocol> = literals('direct', 'hboneWaypoint', 'hboneGateway', 'proxy', 'connect');

/** Whether a bind opens a socket, or is reached from inside only. */
type BindMode = 'standard' | 'internal';

const bindMode: Schema<BindMode> = literals('standard', 'internal');

/** What a listener of a bind speaks. */
type ListenerProtocol = 'HTTP' | 'HTTPS' | 'TLS' | 'TCP' | 'HBONE';

const listenerProtocol: Schema<ListenerProtocol> = literals('HTTP', 'HTTPS', 'TLS', 'TCP', 'HBONE');

/** What a gateway speaks. */
export type GatewayProtocol = 'HTTP' | 'HTTPS' | 'TCP' | 'TLS';

const gatewayProtocol: Schema<GatewayProtocol> = literals('HTTP', 'HTTPS', 'TCP', 'TLS');

/** Which Host and Origin values are served. */
type AllowedHosts = 'any' | 'loopback';

const allowedHosts: Schema<AllowedHosts> = literals('any', 'loopback');

/** A listener of a bind. */
export interface Listener {
  readonly name?: string;
  readonly namespace?: string;
  readonly hostname?: string;
  readonly protocol: ListenerProtocol;
  readonly tls?: ListenerTls;
  readonly routes?: readonly Route[];
  readonly tcpRoutes?: readonly TcpRoute[];
  readonly policies?: GatewayPolicies;
}

const listener: Schema<Listener> = object<Listener>('Listener', 'A listener of a bind.', {
  name: optional(text, 'Its name.'),
  namespace: optional(text, 'Its namespace.'),
  hostname: optional(hostname, 'Host names that it serves; all when absent.'),
  protocol: defaulted(listenerProtocol, 'HTTP', 'What it speaks.'),
  tls: optional(listenerTls, 'Its TLS settings.'),
  routes: optional(listOf(route), 'Its HTTP routes.'),
  tcpRoutes: optional(listOf(tcpRoute), 'Its TCP routes.'),
  policies: optional(gatewayPolicies, 'Policies that run before a route is chosen.'),
});

/** A port and its listeners (older form; `gateways` is the newer). */
export interface Bind {
  readonly port?: number;
  readonly listeners: readonly Listener[];
  readonly tunnelProtocol: TunnelProtocol;
  readonly mode: BindMode;
  readonly address?: readonly string[];
  readonly allowedHosts?: AllowedHosts;
}

export const bind: Schema<Bind> = object<Bind>(
  'Bind',
  'A port and its listeners (older form; `gateways` is the newer).',
  {
    port: optional(port, 'Port to listen on.'),
    listeners: required(listOf(listener), 'Its listeners.'),
    tunnelProtocol: defaulted(tunnelProtocol, 'direct', 'Protocol around the connections.'),
    mode: defaulted(bindMode, 'standard', 'Whether a socket is opened.'),
    address: beyond('binds[].address', listOf(ipAddress, { min: 1 })),
    allowedHosts: beyond('binds[].allowedHosts', allowedHosts),
  },
);

/** A gateway listener's own fields. */
interface GatewayListenerFields {
  readonly name?: string;
  readonly hostname?: string;
  readonly protocol?: GatewayProtocol;
  readonly tls?: ListenerTls;
}

const gatewayListenerFields: Schema<GatewayListenerFields> = object<GatewayListenerFields>(
  'GatewayListenerFields',
  "A gateway listener's own fields.",
  {
    name: optional(text, 'Its name.'),
    hostname: optional(hostname, 'Host names that it serves; all when absent.'),
    protocol: optional(gatewayProtocol, 'What it speaks.'),
    tls: optional(listenerTls, 'Its TLS settings.'),
  },
);

/** A listener of a gateway. */
export type GatewayListener = GatewayPolicies & GatewayListenerFields;

const gatewayListener: Schema<GatewayListener> = merged<GatewayListenerFields, GatewayPolicies>(
  'GatewayListener',
  'A listener of a gateway.',
  gatewayListenerFields,
  gatewayPolicies,
);

/** A gateway's own fields. */
interface GatewayFields {
  readonly port?: number;
  readonly protocol?: GatewayProtocol;
  readonly listeners: readonly GatewayListener[];
  readonly tls?: ListenerTls;
  readonly address?: readonly string[];
  readonly allowedHosts?: AllowedHosts;
}

const gatewayFields: Schema<GatewayFields> = object<GatewayFields>('GatewayFields', "A gateway's own fields.", {
  port: optional(port, 'Port to listen on.'),
  protocol: optional(gatewayProtocol, 'What it speaks.'),
  listeners: defaulted(listOf(gatewayListener), [], 'Its listeners, when it has several.'),
  tls: optional(listenerTls, 'Its TLS settings.'),
  address: beyond('gateways.*.address', listOf(ipAddress, { min: 1 })),
  allowedHosts: beyond('gateways.*.allowedHosts', allowedHosts),
});

/** A port, its listeners, and the policies that run before a route is chosen. */
export type Gateway = GatewayPolicies & GatewayFields;

export const gateway: Schema<Gateway> = merged<GatewayFields, GatewayPolicies>(
  'Gateway',
  'A port, its listeners, and the policies that run before a route is chosen.',
  gatewayFields,
  gatewayPolicies,
);
