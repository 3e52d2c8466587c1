import type { ClientHttp2Stream } from 'node:http2';
import { GatewayError, type RetrySafety } from '../../base/errors.ts';
import { mayTrail } from '../http/fields.ts';
import { isGrpc } from '../http/grpc.ts';
import type { HeaderList } from '../http/headers.ts';
import { UNKNOWN_LENGTH, type ResponseHead } from '../http/message.ts';
import type { OutboundCall, OutboundHandler, OutboundRequest } from '../http/outbound.ts';
import type { Http2ClientConnection } from './client-session.ts';
import {
  NGHTTP2_CANCEL,
  NGHTTP2_ERR_STREAM_CLOSED,
  NGHTTP2_FLAG_END_STREAM,
  NGHTTP2_HTTP_1_1_REQUIRED,
  NGHTTP2_NO_ERROR,
  NGHTTP2_REFUSED_STREAM,
} from './protocol.ts';
import { fieldObject, readResponseHead, readTrailers } from './response-fields.ts';
import { switchingHead } from './switching.ts';

/** One request to an HTTP/2 upstream: waits for its connection, then is a stream of it. */
export class Http2Call implements OutboundCall {
  readonly handler: OutboundHandler;
  /** Nothing more happens. */
  over = false;
  readonly #request: OutboundRequest;
  #stream: ClientHttp2Stream | null = null;
  #connection: Http2ClientConnection | null = null;
  /** Body parts that came before the connection. */
  #early: Uint8Array[] | null = null;
  #requestEnded: boolean;
  #requestTrailers: HeaderList | null = null;
  #onAbort: (() => void) | null = null;
  #answered = false;
  #bodyEnded = false;
  #trailers: HeaderList | null = null;

  constructor(request: OutboundRequest, handler: OutboundHandler) {
    this.#request = request;
    this.handler = handler;
    this.#requestEnded = request.bodyLength === 0 && request.upgrade === '';
  }

  /** What to undo when the call is aborted before it has a connection. */
  whileConnecting(onAbort: (() => void) | null): void {
    this.#onAbort = onAbort;
  }

  /** Sends the request on `connection`. */
  start(connection: Http2ClientConnection): void {
    this.#onAbort = null;
    this.#connection = connection;
    const { bodyLength, bodyMode, upgrade } = this.#request;
    if (bodyMode === 'framed') {
      // Chunk framing would be read as data, and what the client wrote into it as another request behind there.
      this.fail(new GatewayError('internal', 'a body with HTTP/1.1 framing cannot go over HTTP/2'));
      return;
    }
    if (upgrade !== '' && !connection.takesTunnels) {
      this.fail(
        new GatewayError('upstreamProtocol', 'the upstream takes no WebSockets over HTTP/2', { retry: 'never' }),
      );
      return;
    }
    const stream = connection.open(requestFields(this.#request, connection.scheme), {
      endStream: bodyLength === 0 && upgrade === '',
      waitForTrailers: bodyLength === UNKNOWN_LENGTH,
    });
    this.#stream = stream;
    stream.on('headers', this.#onHeaders);
    stream.on('response', this.#onResponse);
    // Errors are told by the stream's close, with their code.
    stream.on('error', ignore);
    stream.on('close', this.#onClose);
    stream.on('drain', this.#onDrain);
    if (bodyLength === UNKNOWN_LENGTH) stream.on('wantTrailers', this.#onWantTrailers);
    this.handler.onConnected(connection.address, connection.reused);
    this.#flush(stream);
  }

  write(chunk: Uint8Array): boolean {
    if (this.over || this.#requestEnded || chunk.length === 0) return true;
    if (this.#stream === null) {
      (this.#early ??= []).push(chunk);
      return false;
    }
    return this.#stream.write(chunk);
  }

  end(trailers: HeaderList | null): void {
    if (this.over || this.#requestEnded) return;
    this.#requestEnded = true;
    this.#requestTrailers = trailers;
    this.#stream?.end();
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    this.#onAbort?.();
    this.#release();
    giveUp(this.#stream);
  }

  pause(): void {
    if (!this.over) this.#stream?.pause();
  }

  resume(): void {
    if (!this.over) this.#stream?.resume();
  }

  /** Ends the call with an error. */
  fail(error: GatewayError): void {
    if (this.over) return;
    this.over = true;
    this.#release();
    this.handler.onError(error);
  }

  /** Gives the stream what came before it. */
  #flush(stream: ClientHttp2Stream): void {
    const early = this.#early;
    this.#early = null;
    let waits = early !== null;
    for (const chunk of early ?? []) waits = stream.write(chunk);
    if (this.over) return;
    if (this.#requestEnded && this.#request.bodyLength !== 0) stream.end();
    else if (waits && !stream.writableNeedDrain) this.handler.onDrain();
  }

  readonly #onHeaders = (_fields: unknown, _flags: number, raw: unknown): void => {
    if (this.over) return;
    try {
      const head = readResponseHead(raw as readonly string[], false, 'HEAD');
      if (head.status !== 100) this.handler.onInformational(head);
    } catch (thrown) {
      this.#refuse(thrown);
    }
  };

  readonly #onResponse = (_fields: unknown, flags: number, raw: unknown): void => {
    const stream = this.#stream;
    if (this.over || stream === null) return;
    this.#answered = true;
    const ended = (flags & NGHTTP2_FLAG_END_STREAM) !== 0;
    try {
      const head = readResponseHead(raw as readonly string[], ended, this.#request.method);
      if (this.#request.upgrade !== '' && head.status === 200) {
        this.#tunnel(stream, head);
        return;
      }
      this.handler.onHead(head, false);
    } catch (thrown) {
      this.#refuse(thrown);
      return;
    }
    if (this.over) return;
    stream.on('trailers', (_trailers, _bits, list: unknown) => {
      this.#trailers = readTrailers(list as readonly string[]);
    });
    stream.on('data', this.#onData);
    stream.on('end', this.#onBodyEnd);
  };

  readonly #onData = (chunk: Buffer): void => {
    if (!this.over && !this.handler.onData(chunk)) this.#stream?.pause();
  };

  /** All was read; a stream that was reset ends, too, which its close tells. */
  readonly #onBodyEnd = (): void => {
    const stream = this.#stream;
    if (this.over || stream === null || stream.aborted || stream.rstCode !== NGHTTP2_NO_ERROR) return;
    this.#bodyEnded = true;
    this.over = true;
    this.#release();
    // The server needs no more of the request (RFC 9113 §8.1).
    if (!this.#requestEnded) giveUp(stream);
    this.handler.onEnd(this.#trailers);
  };

  readonly #onDrain = (): void => {
    if (!this.over && !this.#requestEnded) this.handler.onDrain();
  };

  readonly #onWantTrailers = (): void => {
    const stream = this.#stream;
    // A request that was given up must not look whole.
    if (stream === null || !this.#requestEnded || (this.over && !this.#bodyEnded)) return;
    stream.sendTrailers(this.#requestTrailers === null ? {} : trailing(this.#requestTrailers));
  };

  readonly #onClose = (): void => {
    const stream = this.#stream;
    if (this.over || stream === null) return;
    if (this.#answered && wasOvertaken(stream)) this.#readRest(stream);
    else this.fail(this.#lost(stream.rstCode ?? NGHTTP2_NO_ERROR));
  };

  /** Reads what a stream still holds of a whole response, a window of it at most, whether it is paused or not. */
  #readRest(stream: ClientHttp2Stream): void {
    for (;;) {
      const chunk = stream.read() as Buffer | null;
      if (chunk === null || this.over) break;
      this.handler.onData(chunk);
    }
    if (this.over) return;
    this.over = true;
    this.#release();
    this.handler.onEnd(this.#trailers);
  }

  /** Why a stream that had not ended is gone (RFC 9113 §7, §8.7). */
  #lost(code: number): GatewayError {
    const connection = this.#connection;
    if (code === NGHTTP2_REFUSED_STREAM) {
      return new GatewayError('upstreamReset', 'the upstream refused the request', { retry: 'safe' });
    }
    if (code === NGHTTP2_HTTP_1_1_REQUIRED) {
      return new GatewayError('upstreamProtocol', 'the upstream wants HTTP/1.1 for this request');
    }
    const fault = connection?.fault ?? null;
    if (fault !== null) {
      return new GatewayError('upstreamProtocol', 'the upstream broke the rules of HTTP/2', {
        cause: fault,
      });
    }
    const stale = connection !== null && connection.reused && !this.#answered && connection.silent;
    const retry: RetrySafety = stale ? 'reusedOnly' : 'never';
    return new GatewayError('upstreamReset', '', { retry });
  }

  #tunnel(stream: ClientHttp2Stream, head: ResponseHead): void {
    this.over = true;
    this.#release();
    stream.off('drain', this.#onDrain);
    stream.pause();
    this.handler.onUpgrade(switchingHead(head, this.#request), stream);
  }

  #refuse(thrown: unknown): void {
    const message = thrown instanceof GatewayError ? `: ${thrown.message}` : '';
    const stream = this.#stream;
    this.fail(
      new GatewayError('upstreamProtocol', `the upstream sent an invalid response${message}`, { cause: thrown }),
    );
    giveUp(stream);
  }

  #release(): void {
    this.#early = null;
    this.#onAbort = null;
  }
}

/** The field lines of a request, as name, value, name …, with the pseudo-header fields first (RFC 9113 §8.3.1). */
function requestFields(request: OutboundRequest, scheme: string): string[] {
  const { method, target, authority, headers, bodyLength, upgrade } = request;
  const fields = [':method', upgrade === '' ? method : 'CONNECT', ':scheme', scheme, ':authority', authority];
  fields.push(':path', target);
  if (upgrade !== '') fields.push(':protocol', upgrade);
  const { flat } = headers;
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    if (upgrade !== '' && name === 'sec-websocket-key') continue;
    fields.push(name, flat[i + 1] as string);
  }
  if (bodyLength > 0) fields.push('content-length', String(bodyLength));
  // Some gRPC servers refuse clients that do not say so.
  if (isGrpc(headers)) fields.push('te', 'trailers');
  return fields;
}

function trailing(trailers: HeaderList): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(fieldObject(trailers)).filter(([name]) => mayTrail(name)));
}

/**
 * Cancels a stream, but not within an event of it: Node 26 aborts the whole process where a stream whose trailers are
 * yet to come is closed with this code while the end of its answer is being read (Http2Stream::OnTrailers).
 */
function giveUp(stream: ClientHttp2Stream | null): void {
  if (stream !== null) setImmediate(() => stream.close(NGHTTP2_CANCEL));
}

/**
 * True where the server ended the stream with its whole response (RFC 9113 §8.1) before the end of the request was out, which
 * Node sends a turn later when there might be trailers: it then gives up the stream, with what was not read of the response.
 */
function wasOvertaken({ rstCode, errored }: ClientHttp2Stream): boolean {
  const { errno } = (errored ?? {}) as NodeJS.ErrnoException;
  return rstCode === NGHTTP2_NO_ERROR && errno === NGHTTP2_ERR_STREAM_CLOSED;
}

function ignore(): void {}
