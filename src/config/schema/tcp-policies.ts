/** Policies of connections that are passed on. */

import { eviction, sessionAffinity, type Eviction, type SessionAffinity } from './backend-policies.ts';
import { balancingAlgorithm, healthCheck, type BalancingAlgorithm, type HealthCheck } from './balancing.ts';
import { beyond } from './beyond.ts';
import { tunnel, type Tunnel } from './connect.ts';
import { defaulted, optional } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { duration } from './kit/scalar.ts';
import { backendTls, type BackendTls } from './tls.ts';

/** When an endpoint that takes no connections is left out, and whether it is asked. */
interface TcpHealth {
  readonly eviction?: Eviction;
  readonly check?: HealthCheck;
}

const tcpHealth: Schema<TcpHealth> = object<TcpHealth>(
  'TcpHealth',
  'When an endpoint that takes no connections is left out, and whether it is asked.',
  {
    eviction: optional(eviction, 'When and how long it is left out.'),
    check: optional(healthCheck, 'Asks endpoints whether they are well.'),
  },
);

/** How connections are spread. */
interface TcpLoadBalancing {
  readonly algorithm: BalancingAlgorithm;
  readonly slowStart?: number;
}

const tcpLoadBalancing: Schema<TcpLoadBalancing> = object<TcpLoadBalancing>(
  'TcpLoadBalancing',
  'How connections are spread.',
  {
    algorithm: defaulted(balancingAlgorithm, 'leastLoaded', 'How an endpoint is chosen.'),
    slowStart: optional(duration, 'Time in which the share of a new endpoint grows to its whole.'),
  },
);

/** Policies of the connections to a TCP backend. */
export interface TcpBackendPolicies {
  readonly backendTLS?: BackendTls;
  readonly backendTunnel?: Tunnel;
  readonly health?: TcpHealth;
  readonly loadBalancing?: TcpLoadBalancing;
  readonly sessionAffinity?: SessionAffinity;
}

const at = 'tcpRoutes[].backends[].policies';

export const tcpBackendPolicies: Schema<TcpBackendPolicies> = object<TcpBackendPolicies>(
  'TcpBackendPolicies',
  'Policies of the connections to a TCP backend.',
  {
    backendTLS: optional(backendTls, 'TLS to the backend.'),
    backendTunnel: optional(tunnel, 'Proxy to go through.'),
    health: beyond(`${at}.health`, tcpHealth),
    loadBalancing: beyond(`${at}.loadBalancing`, tcpLoadBalancing),
    sessionAffinity: beyond(`${at}.sessionAffinity`, sessionAffinity),
  },
);
