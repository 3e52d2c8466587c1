import type { ServerHttp2Stream } from 'node:http2';
import type { TestContext } from 'node:test';
import { Sweeper } from '../../sweeper.ts';
import { http2Server, type OnStream } from '../../testing/http2-server.ts';
import { Endpoints } from '../../upstream/endpoints.ts';
import type { GrpcTransport } from '../call.ts';
import { FrameReader, framed } from '../framing.ts';

/** A transport to an HTTP/2 server of the test with prior knowledge, as plain hosts are reached. */
export async function serviceFor(t: TestContext, onStream: OnStream): Promise<GrpcTransport> {
  const { port } = await http2Server(t, onStream);
  return transportTo(t, port);
}

/** A transport to a port of this machine. */
export function transportTo(t: TestContext, port: number): GrpcTransport {
  const endpoint = new Endpoints({ sweeper: new Sweeper(10) }).acquire({
    address: { kind: 'tcp', host: '127.0.0.1', port },
    connectTimeoutMs: 2000,
    poolIdleTimeoutMs: 30_000,
    dnsFamily: 'all',
  });
  t.after(() => endpoint.release());
  return (path, headers, handler) =>
    endpoint.dispatch(
      {
        method: 'POST',
        target: path,
        authority: 'service',
        headers,
        bodyLength: -1,
        bodyMode: 'payload',
        upgrade: '',
      },
      handler,
    );
}

/** Answers with messages and a status. */
export function answer(
  stream: ServerHttp2Stream,
  messages: readonly Uint8Array[],
  trailers: Record<string, string>,
): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  for (const message of messages) stream.write(framed(message));
  stream.end();
}

/** Gives `onMessage` each message of the request, and `onEnd` its end. */
export function receive(stream: ServerHttp2Stream, onMessage: (message: Buffer) => void, onEnd: () => void): void {
  const frames = new FrameReader(1 << 26);
  stream.on('data', (chunk: Buffer) => {
    frames.push(chunk);
    for (let message = frames.next(); message !== null; message = frames.next()) onMessage(message);
  });
  stream.on('end', onEnd);
}
