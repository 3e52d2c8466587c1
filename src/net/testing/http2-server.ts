import http2, { type Http2Server, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { pem } from './certificates.ts';

/** What a test's HTTP/2 upstream does with a stream. */
export type OnStream = (stream: ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void;

/** An upstream of node's own HTTP/2 on a free loopback port, closed with the test. */
export async function http2Server(
  t: TestContext,
  onStream: OnStream,
  options: { readonly tls?: boolean; readonly settings?: http2.Settings; readonly port?: number } = {},
): Promise<{ readonly port: number; readonly sessions: readonly http2.ServerHttp2Session[] }> {
  const { settings = {} } = options;
  const server: Http2Server | Http2SecureServer =
    options.tls === true
      ? http2.createSecureServer({ cert: pem('a.pem'), key: pem('a.key'), settings })
      : http2.createServer({ settings });
  const sessions: http2.ServerHttp2Session[] = [];
  server.on('session', (session: http2.ServerHttp2Session) => {
    session.on('error', () => undefined);
    sessions.push(session);
  });
  server.on('stream', (stream: ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    stream.on('error', () => undefined);
    onStream(stream, headers);
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', () => resolve()));
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sessions };
}
