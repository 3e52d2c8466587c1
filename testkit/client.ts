import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { sleep, monotonicMs } from '../src/base/clock.ts';

export { RawClient } from '../src/net/testing/raw-client.ts';

/** What a request may say; all is optional. */
export interface SendOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer | Readable;
  readonly trailers?: Readonly<Record<string, string>>;
  /** Keeps connections; without one each request has its own. */
  readonly agent?: http.Agent;
  /** Present: HTTPS with these settings. */
  readonly tls?: https.RequestOptions;
  readonly host?: string;
}

/** Everything that came back. */
export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly text: string;
  readonly bytes: Buffer;
  readonly trailers: Readonly<Record<string, string | undefined>>;
  /** Statuses of 1xx responses. */
  readonly informational: readonly number[];
}

/** Sends one request. Rejects when the response breaks off. */
export function send(port: number, options: SendOptions = {}): Promise<Reply> {
  const { method = 'GET', path = '/', headers = {}, body, trailers, agent, tls, host = '127.0.0.1' } = options;
  return new Promise((resolve, reject) => {
    const informational: number[] = [];
    const settings = { port, host, method, path, headers, agent: agent ?? false } as const;
    const request = tls === undefined ? http.request(settings) : https.request({ ...settings, ...tls });
    request.on('information', ({ statusCode }) => informational.push(statusCode));
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          text: bytes.toString('utf8'),
          bytes,
          trailers: response.trailers,
          informational,
        });
      });
    });
    if (trailers !== undefined) request.addTrailers(trailers);
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) request.end(body);
    else body.pipe(request);
  });
}

/** Waits until `condition` holds; rejects after `limitMs`. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what = 'the condition',
  limitMs = 10_000,
): Promise<void> {
  const end = monotonicMs() + limitMs;
  while (!(await condition())) {
    if (monotonicMs() > end) throw new Error(`${what} did not come`);
    await sleep(5);
  }
}
