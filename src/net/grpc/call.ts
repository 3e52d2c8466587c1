import type { Duplex } from 'node:stream';
import { after, cancelTimer, type Timer } from '../../base/clock.ts';
import { GatewayError } from '../../base/errors.ts';
import { isGrpc } from '../http/grpc.ts';
import { HeaderList } from '../http/headers.ts';
import type { ResponseHead } from '../http/message.ts';
import type { DeliveryMode, OutboundCall, OutboundHandler } from '../http/outbound.ts';
import { FrameReader, framed } from './framing.ts';
import { broken, GrpcError, grpcCodes, notGrpc, statusOf } from './status.ts';

/** Sends a request with a streamed body to a service: `POST` of `path` over HTTP/2, with the credentials of its use. */
export type GrpcTransport = (path: string, headers: HeaderList, handler: OutboundHandler) => OutboundCall;

/** How one call is made. */
export interface GrpcOptions {
  /** Milliseconds for the whole call, which the service is told as well; 0 or absent: no limit. */
  readonly timeoutMs?: number;
  /** Fields of the request besides those of the protocol; not changed. */
  readonly metadata?: HeaderList;
  /** Most bytes of one message of the answer; absent: 4 MiB, as in most implementations. */
  readonly maxMessageBytes?: number;
}

/** Hears about a call. After `ended` nothing follows. */
export interface GrpcHandler {
  /** One message of the answer: a view that nobody changes. False: no more until {@link GrpcCall.resume}. */
  message(bytes: Buffer): boolean;
  /** The service takes more; a `send` had returned false. */
  drained(): void;
  /** The call is over; null with status OK. */
  ended(error: GrpcError | null): void;
}

/** Bytes that are kept to send them again when a connection turns out to be dead before the service saw anything. */
const keptForRetry = 65_536;

/** One call with any number of messages both ways (gRPC over HTTP2). Callbacks never come before the constructor returns. */
export class GrpcCall implements OutboundHandler {
  readonly #transport: GrpcTransport;
  readonly #path: string;
  readonly #headers: HeaderList;
  readonly #handler: GrpcHandler;
  readonly #frames: FrameReader;
  #call: OutboundCall;
  /** Frames that can be sent again; null when it is too late for that. */
  #kept: Buffer[] | null = [];
  #keptBytes = 0;
  #halfClosed = false;
  #over = false;
  #paused = false;
  /** All was received, but messages wait for {@link resume}. */
  #ending: { readonly error: GrpcError | null } | null = null;
  #head: ResponseHead | null = null;
  #timer: Timer | null = null;

  constructor(transport: GrpcTransport, path: string, handler: GrpcHandler, options: GrpcOptions = {}) {
    const { timeoutMs = 0, metadata, maxMessageBytes = 4_194_304 } = options;
    this.#transport = transport;
    this.#path = path;
    this.#handler = handler;
    this.#frames = new FrameReader(maxMessageBytes);
    this.#headers = new HeaderList(['content-type', 'application/grpc', ...(metadata?.flat ?? [])]);
    if (timeoutMs > 0) {
      this.#headers.append('grpc-timeout', timeoutText(timeoutMs));
      this.#timer = after(timeoutMs, () => {
        this.#fail(new GrpcError(grpcCodes.deadlineExceeded, `the service did not answer within ${timeoutMs} ms`));
      });
    }
    this.#call = transport(path, this.#headers, this);
  }

  /** True when nothing more is sent or heard. */
  get over(): boolean {
    return this.#over;
  }

  /** Sends a message. False: wait for {@link GrpcHandler.drained}. */
  send(message: Uint8Array): boolean {
    if (this.#over || this.#halfClosed) return true;
    const frame = framed(message);
    if (this.#kept !== null) this.#keep(this.#kept, frame);
    return this.#call.write(frame);
  }

  /** No more messages follow. */
  halfClose(): void {
    if (this.#over || this.#halfClosed) return;
    this.#halfClosed = true;
    this.#call.end(null);
  }

  /** Ends the call at once; nothing is heard of it any more. */
  cancel(): void {
    if (this.#over) return;
    this.#finish();
    this.#call.abort();
  }

  /** Goes on after {@link GrpcHandler.message} returned false. */
  resume(): void {
    if (!this.#paused || this.#over) return;
    this.#paused = false;
    if (!this.#deliver()) return;
    if (this.#ending === null) this.#call.resume();
    else this.#end(this.#ending.error);
  }

  onConnected(): void {}
  onInformational(): void {}
  onPayload(): void {}

  onHead(head: ResponseHead): DeliveryMode {
    this.#kept = null;
    this.#head = head;
    if (head.status !== 200 || !isGrpc(head.headers)) {
      this.#fail(notGrpc(head.status, head.headers.get('content-type') ?? ''));
    }
    return 'payload';
  }

  onData(chunk: Buffer): boolean {
    if (this.#over) return false;
    this.#frames.push(chunk);
    return this.#paused ? false : this.#deliver();
  }

  onEnd(trailers: HeaderList | null): void {
    if (this.#over) return;
    const error = this.#statusAt(trailers);
    if (this.#paused) this.#ending = { error };
    else this.#end(error);
  }

  onDrain(): void {
    if (!this.#over) this.#handler.drained();
  }

  onUpgrade(_head: ResponseHead, stream: Duplex): void {
    stream.destroy();
    this.#end(broken(new GatewayError('upstreamProtocol', 'the service switched protocols unasked')));
  }

  onError(error: GatewayError): void {
    if (this.#over) return;
    if (this.#kept !== null && error.retry !== 'never') this.#again(this.#kept);
    else this.#end(broken(error));
  }

  #statusAt(trailers: HeaderList | null): GrpcError | null {
    const error = statusOf(trailers ?? this.#head?.headers ?? null);
    if (error !== null || this.#frames.atBoundary) return error;
    return new GrpcError(grpcCodes.internal, 'the answer of the service ends within a message');
  }

  /** Hands on what is whole. False: the receiver wants no more now. */
  #deliver(): boolean {
    try {
      for (let message = this.#frames.next(); message !== null; message = this.#frames.next()) {
        const more = this.#handler.message(message);
        if (this.#over) return false;
        if (more) continue;
        this.#paused = true;
        return false;
      }
      return true;
    } catch (error) {
      this.#fail(
        error instanceof GrpcError ? error : new GrpcError(grpcCodes.internal, 'its reply could not be used', error),
      );
      return false;
    }
  }

  #keep(kept: Buffer[], frame: Buffer): void {
    this.#keptBytes += frame.byteLength;
    if (this.#keptBytes > keptForRetry) this.#kept = null;
    else kept.push(frame);
  }

  /** The connection was dead, or the service refused before it looked: once more, on another connection. */
  #again(kept: readonly Buffer[]): void {
    this.#kept = null;
    this.#call = this.#transport(this.#path, this.#headers, this);
    let accepts = true;
    for (const frame of kept) accepts = this.#call.write(frame);
    if (this.#halfClosed) this.#call.end(null);
    else if (accepts) this.#handler.drained();
  }

  #fail(error: GrpcError): void {
    if (this.#over) return;
    this.#call.abort();
    this.#end(error);
  }

  #end(error: GrpcError | null): void {
    if (this.#over) return;
    this.#finish();
    this.#handler.ended(error);
  }

  #finish(): void {
    this.#over = true;
    this.#kept = null;
    cancelTimer(this.#timer);
  }
}

/** At most eight digits and a unit (gRPC over HTTP2, "Timeout"). */
function timeoutText(ms: number): string {
  return ms < 100_000_000 ? `${Math.ceil(ms)}m` : `${Math.ceil(ms / 1000)}S`;
}
