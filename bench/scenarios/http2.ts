import { runH2load, type Http2Request } from '../lib/h2load.ts';
import type { Ports, Scenario } from './scenario.ts';

const grpc = { 'content-type': 'application/grpc', te: 'trailers' };

/** A call with a message of 100 bytes. */
function call(method: string): Http2Request {
  const body = Buffer.alloc(105, 'x');
  body[0] = 0;
  body.writeUInt32BE(100, 1);
  return { path: `/bench.Echo/${method}`, headers: grpc, body, streams: 8 };
}

function overHttp2(
  name: string,
  title: string,
  request: Http2Request,
  budget: string,
  port: (ports: Ports) => number,
  nginxPort: (ports: Ports) => number,
): Scenario {
  const { path } = request;
  return {
    name,
    title,
    connections: 4,
    port,
    nginxPort,
    request: () => ({ path }),
    yardstick: { path },
    load: (target, how) => runH2load(target, request, how),
    budget,
  };
}

const get: Http2Request = { path: '/1k', streams: 8 };

/** nginx speaks HTTP/2 to upstreams for gRPC only: what goes to HTTP/2 is compared with its way to HTTP/1.1. */
export const http2Scenarios: readonly Scenario[] = [
  overHttp2(
    'h2-h1',
    '1 KiB GET, HTTP/2 to HTTP/1.1',
    get,
    '≤ 4 × nginx',
    (ports) => ports.http,
    (ports) => ports.nginxHttp2,
  ),
  overHttp2(
    'h2-h2',
    '1 KiB GET, HTTP/2 to HTTP/2',
    get,
    'beside the one before',
    (ports) => ports.http2,
    (ports) => ports.nginxHttp2,
  ),
  overHttp2(
    'grpc-unary',
    'gRPC call',
    call('Unary'),
    '≤ 8 × grpc_pass',
    (ports) => ports.http2,
    (ports) => ports.nginxGrpc,
  ),
  overHttp2(
    'grpc-stream',
    'gRPC, 100 messages',
    call('Stream'),
    '–',
    (ports) => ports.http2,
    (ports) => ports.nginxGrpc,
  ),
];
