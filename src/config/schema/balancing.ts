/** How requests are spread over the endpoints of a backend; all of it is Waygate's own. */

import { listOf, literals } from './kit/collection.ts';
import { defaulted, optional, required } from './kit/field.ts';
import { urlPath } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { duration, integer, numberFrom, status, text } from './kit/scalar.ts';

/** How an endpoint is chosen. */
export type BalancingAlgorithm = 'leastLoaded' | 'roundRobin';

export const balancingAlgorithm: Schema<BalancingAlgorithm> = literals('leastLoaded', 'roundRobin');

/** How requests are spread. */
export interface LoadBalancing {
  readonly algorithm: BalancingAlgorithm;
  readonly slowStart?: number;
  readonly hedgeAfter?: number;
}

export const loadBalancing: Schema<LoadBalancing> = object<LoadBalancing>('LoadBalancing', 'How requests are spread.', {
  algorithm: defaulted(balancingAlgorithm, 'leastLoaded', 'How an endpoint is chosen.'),
  slowStart: optional(duration, 'Time in which the share of a new endpoint grows to its whole.'),
  hedgeAfter: optional(
    duration,
    'After this time without answer a GET, HEAD or OPTIONS without body is sent to a second endpoint too.',
  ),
});

/** The most that one endpoint gets at once. */
export interface EndpointLimits {
  readonly connections?: number;
  readonly inFlight?: number;
  readonly pending: number;
  readonly pendingTimeout: number;
}

export const endpointLimits: Schema<EndpointLimits> = object<EndpointLimits>(
  'EndpointLimits',
  'The most that one endpoint gets at once.',
  {
    connections: optional(integer(1, 1_000_000), 'Connections to it.'),
    inFlight: optional(integer(1, 1_000_000), 'Requests that it has and has not answered to the end.'),
    pending: defaulted(integer(0, 1_000_000), 0, 'Requests that may wait for a place at one of the endpoints.'),
    pendingTimeout: defaulted(duration, '1s', 'How long they wait.'),
  },
);

/** What an HTTP check asks. */
interface HttpCheck {
  readonly path: string;
  readonly host?: string;
  readonly statuses: readonly number[];
}

const httpCheck: Schema<HttpCheck> = object<HttpCheck>('HttpCheck', 'What an HTTP check asks.', {
  path: defaulted(urlPath, '/', 'Path with query.'),
  host: optional(text, "Host field; the upstream's own when absent."),
  statuses: defaulted(listOf(status), [], 'What a well endpoint answers; 200 to 299 when empty.'),
});

/** What a gRPC check asks. */
interface GrpcCheck {
  readonly service: string;
}

const grpcCheck: Schema<GrpcCheck> = object<GrpcCheck>('GrpcCheck', 'What a gRPC check asks.', {
  service: defaulted(text, '', 'Service name; the server as a whole when empty.'),
});

/** Nothing to say. */
type TcpCheck = Readonly<Record<never, never>>;

const tcpCheck: Schema<TcpCheck> = object<TcpCheck>('TcpCheck', 'A check that only connects.', {});

/** The kinds of {@link HealthCheck}. */
interface HealthCheckKinds {
  readonly http: HttpCheck;
  readonly grpc: GrpcCheck;
  readonly tcp: TcpCheck;
}

/** What every {@link HealthCheck} may have. */
interface HealthCheckCommon {
  readonly interval: number;
  readonly timeout: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

/** Asks endpoints whether they are well. */
export type HealthCheck = OneOf<HealthCheckKinds, HealthCheckCommon>;

export const healthCheck: Schema<HealthCheck> = oneOfKeys<HealthCheckKinds, HealthCheckCommon>(
  'HealthCheck',
  'Asks endpoints whether they are well.',
  {
    http: required(httpCheck, 'With an HTTP request.'),
    grpc: required(grpcCheck, 'With the health service of gRPC.'),
    tcp: required(tcpCheck, 'With a connection.'),
  },
  {
    interval: defaulted(duration, '10s', 'Time between two checks of an endpoint.'),
    timeout: defaulted(duration, '1s', 'How long an answer may take.'),
    healthyThreshold: defaulted(integer(1, 1000), 1, 'Good answers in a row that bring an endpoint back.'),
    unhealthyThreshold: defaulted(integer(1, 1000), 3, 'Failures in a row that take it out.'),
  },
);

/** How many retries may be under way at once. */
export interface RetryBudget {
  readonly percent: number;
  readonly minimum: number;
}

export const retryBudget: Schema<RetryBudget> = object<RetryBudget>(
  'RetryBudget',
  'How many retries may be under way at once, over all workers.',
  {
    percent: defaulted(numberFrom(0, 100), 20, 'Of the requests in flight under the policy.'),
    minimum: defaulted(integer(0, 1_000_000), 3, 'As many are always allowed.'),
  },
);
