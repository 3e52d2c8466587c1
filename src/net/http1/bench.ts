/**
 * Micro-relay: server connection → pool, nothing else, for measuring the codec.
 * Usage: node src/net/http1/bench.ts PORT [UPSTREAM_PORT]; then drive it with wrk and compare the process's CPU time.
 */
import { openListener } from '../listen.ts';
import { Sweeper } from '../sweeper.ts';
import { Endpoints } from '../upstream/endpoints.ts';
import { relayHandler } from './bench-relay.ts';

const sweeper = new Sweeper();
const endpoint = new Endpoints({ sweeper }).acquire({
  address: { kind: 'tcp', host: '127.0.0.1', port: Number(process.argv[3] ?? 9000) },
  connectTimeoutMs: 10_000,
  poolIdleTimeoutMs: 90_000,
  dnsFamily: 'all',
});
await openListener({
  addresses: ['127.0.0.1'],
  port: Number(process.argv[2]),
  sweeper,
  handler: relayHandler(endpoint),
  settings: () => ({
    maxHeadSize: 65_536,
    maxHeaders: 100,
    maxTargetLength: 16_384,
    bodyTimeoutMs: 0,
    bodyMinRate: 0,
    sendTimeoutMs: 0,
    headTimeoutMs: 30_000,
    idleTimeoutMs: 600_000,
    maxConnectionMs: 0,
    headerCase: 'lowercase',
    tlsHandshakeTimeoutMs: 15_000,
    alpn: ['http/1.1'],
    http2: {
      maxConcurrentStreams: 100,
      streamWindow: 262_144,
      connectionWindow: 1_048_576,
      maxFrameSize: 16_384,
      maxHeaderListSize: 32_768,
      keepaliveIntervalMs: 0,
      keepaliveTimeoutMs: 20_000,
    },
  }),
});
