import type { BeyondRow } from './beyond.ts';

/** Rows of the choice among the endpoints of a backend. */
export const balancingRows: readonly BeyondRow[] = [
  {
    path: 'backends[].policies.loadBalancing',
    type: 'object',
    initial: 'algorithm: leastLoaded',
    meaning:
      'How requests are spread over the endpoints of a host or service: leastLoaded or roundRobin (algorithm), a share of new endpoints that grows (slowStart), a second try of slow requests that are safe (hedgeAfter).',
  },
  {
    path: 'backends[].policies.limits',
    type: 'object',
    initial: 'no limits',
    meaning:
      'The most that one endpoint gets at once from the whole process: connections, inFlight requests; others wait for pendingTimeout (1s), at most pending of them, or get 503.',
  },
  {
    path: 'backends[].policies.health.check',
    type: 'object',
    initial: 'none',
    meaning:
      'Asks endpoints whether they are well, with http (path, host, statuses), grpc (service) or tcp, every interval (10s), with timeout (1s), healthyThreshold (1) and unhealthyThreshold (3).',
  },
  {
    path: 'tcpRoutes[].backends[].policies.health',
    type: 'object',
    initial: 'none',
    meaning:
      'As health of other backends: which endpoints of a host or service get connections. Those that take none count as failures (eviction), and check asks.',
  },
  {
    path: 'tcpRoutes[].backends[].policies.loadBalancing',
    type: 'object',
    initial: 'algorithm: leastLoaded',
    meaning: 'How connections are spread over the endpoints of a host or service (algorithm, slowStart).',
  },
  {
    path: 'tcpRoutes[].backends[].policies.sessionAffinity',
    type: 'object',
    initial: 'none',
    meaning: 'Connections for which source, an expression, has equal values go to the same endpoint.',
  },
];
