import http2 from 'node:http2';
import { Readable } from 'node:stream';

/** `fetch` over one connection of HTTP/2 with prior knowledge, ended with `using`. */
export interface Http2Fetch extends Disposable {
  readonly fetch: typeof fetch;
  /** Streams that were begun. */
  readonly streams: number;
}

/** What SDKs need of `fetch`: bodies, streamed answers, signals. */
export function http2Fetch(origin: string): Http2Fetch {
  const session = http2.connect(origin);
  session.on('error', () => undefined);
  let streams = 0;
  return {
    get streams() {
      return streams;
    },
    async fetch(input, init) {
      const request = new Request(input, init);
      const { pathname, search } = new URL(request.url);
      const body = request.body === null ? null : Buffer.from(await request.arrayBuffer());
      streams += 1;
      const stream = session.request(
        { ...Object.fromEntries(request.headers), ':method': request.method, ':path': pathname + search },
        { endStream: body === null },
      );
      if (body !== null) stream.end(body);
      request.signal.addEventListener('abort', () => stream.close(http2.constants.NGHTTP2_CANCEL));
      return new Promise((resolve, reject) => {
        stream.on('error', reject);
        stream.on('response', (fields) => resolve(response(fields, stream)));
      });
    },
    [Symbol.dispose]() {
      session.destroy();
    },
  };
}

function response(fields: http2.IncomingHttpHeaders, stream: http2.ClientHttp2Stream): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(fields)) {
    if (!name.startsWith(':')) for (const one of [value ?? []].flat()) headers.append(name, one);
  }
  const status = Number(fields[':status'] ?? 0);
  const bodyless = status === 204 || status === 304;
  return new Response(bodyless ? null : (Readable.toWeb(stream) as ReadableStream<Uint8Array>), { status, headers });
}
