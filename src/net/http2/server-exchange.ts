import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { GatewayError } from '../../base/errors.ts';
import { mayTrail } from '../http/fields.ts';
import { isGrpc } from '../http/grpc.ts';
import type { HeaderList } from '../http/headers.ts';
import type { Inbound, InboundObserver, RequestBodySink } from '../http/inbound.ts';
import { UNKNOWN_LENGTH } from '../http/message.ts';
import type { BodyMode, ConnectionInfo, RequestHead, ResponseHead } from '../http/message.ts';
import { Pace } from '../stall.ts';
import { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } from './protocol.ts';
import { fieldObject, readTrailers } from './response-fields.ts';
import type { ListenerSettings } from './settings.ts';

/** Response fields that have no place in HTTP/2 (RFC 9113 §8.2.2, RFC 8441 §5). */
const dropped: ReadonlySet<string> = new Set(['connection', 'upgrade', 'sec-websocket-accept', 'keep-alive']);

/** Turns of the event loop in which trailers are written where the client reads. */
const STOP_TURNS = 8;

/** One request on an HTTP/2 connection, and its response: a stream of its own. */
export class Http2Exchange implements Inbound {
  readonly head: RequestHead;
  readonly connection: ConnectionInfo;
  readonly takesFramed = false;
  observer: InboundObserver | null = null;
  onDraining: (() => void) | null = null;
  bytesReceived: number;
  bytesSent = 0;

  readonly #stream: ServerHttp2Stream;
  readonly #onGone: (exchange: Http2Exchange) => void;
  #sink: RequestBodySink | null = null;
  #bodyEnded: boolean;
  #received = false;
  #responded = false;
  #ended = false;
  #hijacked = false;
  #open = true;
  /** The response may be followed by trailers: it has a body whose length is not known. */
  #trailing = false;
  #trailers: HeaderList | null = null;
  #left = UNKNOWN_LENGTH;
  /** Made when a sweep finds that something waits for the client. */
  #pace: Pace | null = null;

  /** @param ended The request has no body. @param onGone Called once, when the stream has closed. */
  constructor(
    stream: ServerHttp2Stream,
    head: RequestHead,
    headBytes: number,
    connection: ConnectionInfo,
    ended: boolean,
    onGone: (exchange: Http2Exchange) => void,
  ) {
    this.#stream = stream;
    this.head = head;
    this.bytesReceived = headBytes;
    this.connection = connection;
    this.#bodyEnded = ended;
    this.#onGone = onGone;
    // `close` follows and says all that matters.
    stream.on('error', ignore);
    stream.on('close', this.#onClose);
    stream.on('drain', this.#onDrain);
  }

  /** Acts on a client that is too slow. True: its connection may be dead. */
  sweep(now: number, settings: ListenerSettings): boolean {
    const stream = this.#stream;
    if (!this.#open || this.#hijacked) return false;
    const waiting = stream.writableLength;
    // Once there is a response, both may go on as slowly as they like; a call of gRPC may be silent for long.
    const wanted =
      this.#sink !== null && !this.#bodyEnded && !this.#responded && !stream.isPaused() && !isGrpc(this.head.headers);
    if (this.#pace === null && waiting === 0 && !wanted) return false;
    this.#pace ??= new Pace();
    const late = this.#pace.late(now, this.bytesSent, waiting, wanted, this.bytesReceived, settings);
    if (late === 'taking') {
      stream.close(NGHTTP2_CANCEL);
      // What waits would never go out.
      stream.destroy();
    } else if (late === 'sending') {
      const sink = this.#sink;
      this.#sink = null;
      sink?.fail(new GatewayError('requestTimeout'));
    }
    return late === 'taking';
  }

  receive(sink: RequestBodySink): void {
    if (!this.#open || this.#received) return;
    this.#received = true;
    this.#sink = sink;
    const stream = this.#stream;
    if (this.#bodyEnded || this.head.upgrade !== '' || this.head.method === 'CONNECT') {
      process.nextTick(() => this.#endBody(null));
      return;
    }
    if (this.head.expectContinue && !this.#responded) stream.additionalHeaders({ ':status': 100 });
    let trailers: HeaderList | null = null;
    stream.on('trailers', (_headers, _flags, raw: unknown) => {
      trailers = readTrailers(raw as readonly string[]);
    });
    stream.on('data', this.#onData);
    // A stream that was reset ends, too.
    stream.on('end', () => {
      if (!stream.aborted && stream.rstCode === NGHTTP2_NO_ERROR) this.#endBody(trailers);
    });
  }

  pauseBody(): void {
    if (this.#open && !this.#hijacked) this.#stream.pause();
  }

  resumeBody(): void {
    if (this.#open && !this.#hijacked) this.#stream.resume();
  }

  inform(head: ResponseHead): void {
    const { status, headers } = head;
    if (!this.#writable || this.#responded || status < 102) return;
    this.#stream.additionalHeaders({ ':status': status, ...fieldObject(headers) });
  }

  respond(head: ResponseHead, body: BodyMode | 'none'): void {
    if (!this.#writable || this.#responded) return;
    this.#responded = true;
    const { status, headers, bodyLength } = head;
    const bodyless = body === 'none' || status === 204 || status === 304 || this.head.method === 'HEAD';
    // The upstream agreed to the tunnel; here that is said with 200 (RFC 8441 §5).
    const raw = [':status', String(status === 101 ? 200 : status)];
    const { flat } = headers;
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string;
      if (!dropped.has(name)) raw.push(name, flat[i + 1] as string);
    }
    if (status === 101 || (this.head.method === 'CONNECT' && status < 300)) {
      this.#count(raw);
      this.#stream.respond(raw);
      return;
    }
    const tells = bodyLength > 0 || (bodyLength === 0 && status !== 304 && status !== 204 && !bodyless);
    if (tells) raw.push('content-length', String(bodyLength));
    const endStream = bodyless || bodyLength === 0;
    this.#left = endStream ? 0 : bodyLength;
    this.#trailing = !endStream && bodyLength === UNKNOWN_LENGTH;
    this.#count(raw);
    this.#stream.respond(raw, { endStream, waitForTrailers: this.#trailing });
    if (this.#trailing) this.#stream.on('wantTrailers', this.#onWantTrailers);
    if (endStream) this.#ended = true;
    if (endStream) this.#responseEnded();
  }

  write(chunk: Uint8Array): boolean {
    const { length } = chunk;
    if (!this.#writable || !this.#responded || this.#ended || length === 0) return true;
    if (this.#left !== UNKNOWN_LENGTH) {
      if (length > this.#left) {
        this.abort();
        return true;
      }
      this.#left -= length;
    }
    this.bytesSent += length;
    return this.#stream.write(chunk);
  }

  end(trailers: HeaderList | null): void {
    if (!this.#writable || !this.#responded || this.#ended) return;
    if (this.#left > 0) {
      this.abort();
      return;
    }
    this.#ended = true;
    this.#trailers = trailers;
    this.#stream.end();
    this.#responseEnded();
  }

  abort(): void {
    if (this.#open) this.#stream.close(NGHTTP2_INTERNAL_ERROR);
  }

  hijack(): Duplex {
    const stream = this.#stream;
    this.#hijacked = true;
    stream.off('drain', this.#onDrain);
    stream.off('data', this.#onData);
    if (this.#open) this.#finish(true, null);
    else stream.destroy();
    return stream;
  }

  get #writable(): boolean {
    // Not `stream.writable`: node ends that side of a HEAD request before its response.
    return this.#open && !this.#hijacked && !this.#stream.destroyed && !this.#stream.closed;
  }

  /** A client that still sends a body nobody wants is told to stop (RFC 9113 §8.1). */
  #responseEnded(): void {
    // With trailers there is more to come than what the stream's end tells of.
    if (this.#bodyEnded || this.#trailing) return;
    const stream = this.#stream;
    if (stream.writableFinished) stream.close(NGHTTP2_NO_ERROR);
    else stream.once('finish', () => stream.close(NGHTTP2_NO_ERROR));
  }

  /** The same once the trailers are on their way, which a reset would overtake. */
  #stopRequest(turns: number): void {
    const stream = this.#stream;
    setImmediate(() => {
      if (stream.destroyed || this.#bodyEnded) return;
      if (stream.state.localClose === 1) stream.close(NGHTTP2_NO_ERROR);
      else if (turns > 0) this.#stopRequest(turns - 1);
      // The client reads slowly: what it still sends is thrown away.
      else stream.resume();
    });
  }

  #count(raw: readonly string[]): void {
    for (const text of raw) this.bytesSent += text.length;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.bytesReceived += chunk.length;
    if (this.#sink?.data(chunk) === false) this.#stream.pause();
  };

  #endBody(trailers: HeaderList | null): void {
    this.#bodyEnded = true;
    const sink = this.#sink;
    this.#sink = null;
    if (this.#open) sink?.end(trailers);
  }

  readonly #onWantTrailers = (): void => {
    // A response that was cut off must not look whole.
    if (!this.#ended) return;
    const stream = this.#stream;
    stream.sendTrailers(this.#trailers === null ? {} : trailing(this.#trailers));
    if (!this.#bodyEnded) this.#stopRequest(STOP_TURNS);
  };

  readonly #onDrain = (): void => {
    this.observer?.onDrain();
  };

  readonly #onClose = (): void => {
    const stream = this.#stream;
    const complete = this.#ended && stream.writableFinished;
    if (this.#open) this.#finish(complete, this.#bodyEnded ? null : new GatewayError('clientGone'));
    this.#onGone(this);
  };

  #finish(complete: boolean, error: GatewayError | null): void {
    this.#open = false;
    const sink = this.#sink;
    this.#sink = null;
    if (error !== null) sink?.fail(error);
    this.observer?.onClosed(complete);
  }
}

function trailing(trailers: HeaderList): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(fieldObject(trailers)).filter(([name]) => mayTrail(name)));
}

function ignore(): void {}
