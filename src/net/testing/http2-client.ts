import http2 from 'node:http2';
import type { TestContext } from 'node:test';

/** What came for one HTTP/2 request. */
export interface Http2Answer {
  status: number;
  headers: http2.IncomingHttpHeaders;
  body: string;
  trailers: http2.IncomingHttpHeaders | null;
  /** Error code of the reset, or 0. */
  rst: number;
}

/** A client session to a loopback port, closed with the test. */
export function http2Client(
  t: TestContext,
  port: number,
  options: http2.SecureClientSessionOptions = {},
): http2.ClientHttp2Session {
  const scheme = options.ca === undefined ? 'http' : 'https';
  const session = http2.connect(`${scheme}://127.0.0.1:${port}`, options);
  session.on('error', () => undefined);
  t.after(() => session.destroy());
  return session;
}

/** Sends a whole request; resolves when its stream has closed, whatever became of it. */
export function ask(
  session: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders | readonly string[],
  body?: string,
  trailers?: Record<string, string>,
): Promise<Http2Answer> {
  const options = { endStream: body === undefined, waitForTrailers: trailers !== undefined };
  const stream = session.request(headers as http2.OutgoingHttpHeaders, options);
  const answer: Http2Answer = { status: 0, headers: {}, body: '', trailers: null, rst: 0 };
  return new Promise((resolve) => {
    stream.on('response', (fields) => {
      answer.status = fields[':status'] ?? 0;
      answer.headers = fields;
    });
    stream.on('data', (chunk: Buffer) => (answer.body += chunk.toString()));
    stream.on('trailers', (fields) => (answer.trailers = fields));
    stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}));
    stream.on('error', () => undefined);
    stream.on('close', () => {
      answer.rst = stream.rstCode ?? 0;
      resolve(answer);
    });
    if (body !== undefined) stream.end(body);
  });
}
