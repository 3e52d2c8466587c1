import type { BeyondRow } from './beyond.ts';

/** Rows of what holds for all connections. */
export const frontendRows: readonly BeyondRow[] = [
  {
    path: 'frontendPolicies.http.maxHeadSize',
    type: 'bytes',
    initial: 65_536,
    meaning: 'Largest request line and header fields together; above it 431.',
  },
  {
    path: 'frontendPolicies.http.maxUriLength',
    type: 'bytes',
    initial: 16_384,
    meaning: 'Longest request target; above it 414.',
  },
  {
    path: 'frontendPolicies.http.headTimeout',
    type: 'duration',
    initial: '10s',
    meaning: 'Time to receive a request head, from its first byte; then 408 and the connection is closed.',
  },
  {
    path: 'frontendPolicies.http.maxRequests',
    type: 'number',
    initial: 0,
    meaning: 'Most requests in flight on a bind, over all workers; above it 503 with Retry-After. 0: no limit.',
  },
  {
    path: 'frontendPolicies.http.tunnelIdleTimeout',
    type: 'duration',
    initial: '1h0m0s',
    meaning: 'Time without a byte either way after which a WebSocket or a CONNECT tunnel is closed. 0s: never.',
  },
  {
    path: 'frontendPolicies.http.http1MaxHeaders',
    type: 'number',
    initial: 100,
    meaning: 'The key is agentgateway’s; that it has a default is not. Above it 431.',
  },
  {
    path: 'frontendPolicies.tcp.maxConnections',
    type: 'number',
    initial: 0,
    meaning: 'Most connections of a bind, over all workers; above it new ones get 503 and are closed. 0: no limit.',
  },
  {
    path: 'frontendPolicies.tcp.maxConnectionsPerAddress',
    type: 'number',
    initial: 0,
    meaning:
      'Most connections of one client to a bind, over all workers, counted by its address, of IPv6 by its /64; more are reset. 0: no limit.',
  },
  {
    path: 'frontendPolicies.tcp.idleTimeout',
    type: 'duration',
    initial: '1h',
    meaning: 'A connection of a TCP route on which nothing passes either way for so long is closed. 0s: never.',
  },
  {
    path: 'frontendPolicies.tcp.keepalives',
    type: 'object',
    initial: '{}',
    meaning: 'The key is agentgateway’s; that it may be left out is not.',
  },
  {
    path: 'frontendPolicies.http.pathNormalization',
    type: 'object',
    initial: 'paths go on as they came',
    meaning: 'Brings paths into one form, which routes, policies, expressions and backends see.',
  },
  {
    path: 'frontendPolicies.http.pathNormalization.mergeSlashes',
    type: 'true | false',
    initial: 'false',
    meaning: 'Several slashes become one, before dot segments are looked at.',
  },
  {
    path: 'frontendPolicies.http.pathNormalization.dotSegments',
    type: 'keep | resolve | reject',
    initial: 'keep',
    meaning: 'What becomes of . and .. in a path, also where the dots are written %2e; reject: 400.',
  },
  {
    path: 'frontendPolicies.http.pathNormalization.encodedSlash',
    type: 'keep | decode | reject',
    initial: 'keep',
    meaning: 'What becomes of %2f and %5c in a path; reject: 400.',
  },
  {
    path: 'frontendPolicies.http.pathNormalization.backslash',
    type: 'keep | toSlash | reject',
    initial: 'keep',
    meaning: 'What becomes of a backslash in a path; reject: 400.',
  },
  {
    path: 'frontendPolicies.http.underscores',
    type: 'keep | drop | reject',
    initial: 'keep',
    meaning: 'What becomes of header fields with _ in their names, which some servers take for -; reject: 400.',
  },
  {
    path: 'frontendPolicies.http.bodyTimeout',
    type: 'duration',
    initial: '1m',
    meaning: 'A body of a request of which nothing comes for so long, before there is a response: 408. 0s: no limit.',
  },
  {
    path: 'frontendPolicies.http.bodyMinRate',
    type: 'bytes per second',
    initial: 0,
    meaning: 'Least rate of the body of a request, over ten seconds, before there is a response: 408. 0: any.',
  },
  {
    path: 'frontendPolicies.http.sendTimeout',
    type: 'duration',
    initial: '1m',
    meaning: 'A client that takes nothing of a response that waits for it is cut off after so long. 0s: never.',
  },
  {
    path: 'frontendPolicies.http.http2MaxConcurrentStreams',
    type: 'number',
    initial: 100,
    meaning: 'Requests of one HTTP/2 connection at the same time; the client learns it.',
  },
  {
    path: 'frontendPolicies.overload',
    type: 'object',
    initial: 'its defaults',
    meaning:
      'When a worker refuses a part of its requests and new connections, with 503 and Retry-After, so that the rest is served.',
  },
  {
    path: 'frontendPolicies.overload.eventLoopDelay',
    type: 'duration',
    initial: '500ms',
    meaning: 'How late the event loop is, as the mean over half a second, twice in a row. 0s: no limit.',
  },
  {
    path: 'frontendPolicies.overload.memoryPercent',
    type: 'number',
    initial: 95,
    meaning:
      'Share of memory in use: by the process, of its limit or the machine’s memory, or by the heap of a worker. 0: no limit.',
  },
];
