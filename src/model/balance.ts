import type { Expression } from './model.ts';

/** How requests are spread over the endpoints of a backend. */
export interface LoadBalancingSpec {
  readonly algorithm: 'leastLoaded' | 'roundRobin';
  /** Milliseconds in which the share of a new endpoint grows to its whole; 0: at once. */
  readonly slowStartMs: number;
  /** Milliseconds after which a request without answer is sent to a second endpoint too; absent: never. */
  readonly hedgeAfterMs?: number;
}

/** What holds where configuration says nothing. */
export const defaultLoadBalancing: LoadBalancingSpec = { algorithm: 'leastLoaded', slowStartMs: 0 };

/** Requests with equal values go to the same endpoint. */
export interface SessionAffinitySpec {
  /** Yields a text or bytes; where it fails, the load decides. */
  readonly source: Expression;
}

/** The most that one endpoint gets at once, from all workers together; absent: as much as comes. */
export interface EndpointLimitsSpec {
  readonly connections?: number;
  readonly inFlight?: number;
  /** Requests that may wait for a place; those above get 503. */
  readonly pending: number;
  /** Milliseconds that a request waits for a place. */
  readonly pendingTimeoutMs: number;
}
