/** A server that has nothing but the health service of gRPC. */
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';

/** What it answers, and what it was asked. */
export interface HealthService extends AsyncDisposable {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Paths and names of services. */
  readonly asked: readonly string[];
  /** A `ServingStatus` of grpc.health.v1: 1 is SERVING, 2 is not. */
  serving: number;
}

/** Starts one, which is well. */
export async function startHealthService(): Promise<HealthService> {
  const asked: string[] = [];
  const server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream: http2.ServerHttp2Stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => undefined);
    stream.on('end', () => {
      asked.push(`${headers[':path']} ${Buffer.concat(chunks).subarray(7).toString()}`);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.from([0, 0, 0, 0, 2, 8, service.serving]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const service: HealthService = {
    port,
    host: `127.0.0.1:${port}`,
    asked,
    serving: 1,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return service;
}
