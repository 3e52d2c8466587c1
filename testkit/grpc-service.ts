import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { MessageType } from '../src/base/protobuf/message.ts';
import type { GrpcMethod } from '../src/net/grpc/client.ts';
import { FrameReader, framed } from '../src/net/grpc/framing.ts';

/** One call as a service sees it. */
export interface ServiceCall<Request, Reply> {
  readonly headers: http2.IncomingHttpHeaders;
  readonly stream: http2.ServerHttp2Stream;
  /** Messages received so far. */
  readonly messages: readonly Request[];
  /** The caller sends no more. */
  readonly halfClosed: boolean;
  /** The call is over, whoever ended it. */
  readonly closed: boolean;
  reply(message: Reply): void;
  /** Ends the call with a status. */
  end(status?: number, message?: string): void;
}

/** What a service does with each message; null: the caller has ended its side. */
export type OnMessage<Request, Reply> = (call: ServiceCall<Request, Reply>, message: Request | null) => void;

/** A gRPC service of one method on a loopback port. */
export interface GrpcService<Request, Reply> extends AsyncDisposable {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** In the order in which they began. */
  readonly calls: readonly ServiceCall<Request, Reply>[];
  /** Serves calls from now on. */
  serve(next: OnMessage<Request, Reply>): void;
  close(): Promise<void>;
}

/** Starts a service whose messages are those of `method`. */
export async function startGrpcService<Request, Reply>(
  method: GrpcMethod<Request, Reply>,
  onMessage: OnMessage<Request, Reply>,
): Promise<GrpcService<Request, Reply>> {
  let current = onMessage;
  const calls: ServiceCall<Request, Reply>[] = [];
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer();
  server.on('session', (session) => {
    session.on('error', () => undefined);
    sessions.add(session);
  });
  server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    stream.on('error', () => undefined);
    if (headers[':path'] !== method.path) {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' }, { endStream: true });
      return;
    }
    const call = new Call<Request, Reply>(stream, headers, method.reply);
    calls.push(call);
    receive(stream, method.request, call, () => current);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    port,
    host: `127.0.0.1:${port}`,
    calls,
    serve(next) {
      current = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

class Call<Request, Reply> implements ServiceCall<Request, Reply> {
  readonly stream: http2.ServerHttp2Stream;
  readonly headers: http2.IncomingHttpHeaders;
  readonly messages: Request[] = [];
  halfClosed = false;
  readonly #type: MessageType<Reply>;
  #trailers: Record<string, string> = { 'grpc-status': '0' };

  constructor(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders, type: MessageType<Reply>) {
    this.stream = stream;
    this.headers = headers;
    this.#type = type;
    stream.on('wantTrailers', () => stream.sendTrailers(this.#trailers));
  }

  get closed(): boolean {
    return this.stream.closed || this.stream.destroyed;
  }

  reply(message: Reply): void {
    this.#begin();
    if (!this.closed) this.stream.write(framed(this.#type.encode(message)));
  }

  end(status = 0, message = ''): void {
    this.#begin();
    this.#trailers = { 'grpc-status': String(status), 'grpc-message': message };
    if (!this.closed) this.stream.end();
  }

  #begin(): void {
    if (this.stream.headersSent || this.closed) return;
    this.stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  }
}

function receive<Request, Reply>(
  stream: http2.ServerHttp2Stream,
  type: MessageType<Request>,
  call: Call<Request, Reply>,
  current: () => OnMessage<Request, Reply>,
): void {
  const frames = new FrameReader(1 << 26);
  stream.on('data', (chunk: Buffer) => {
    frames.push(chunk);
    for (let bytes = frames.next(); bytes !== null; bytes = frames.next()) {
      const message = type.decode(bytes);
      call.messages.push(message);
      current()(call, message);
    }
  });
  stream.on('end', () => {
    call.halfClosed = true;
    current()(call, null);
  });
}
