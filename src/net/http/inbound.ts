import type { GatewayError } from '../../base/errors.ts';
import type { Duplex } from 'node:stream';
import type { HeaderList } from './headers.ts';
import type { BodyMode, ConnectionInfo, RequestHead, ResponseHead } from './message.ts';

/** Takes a request's body from the connection. */
export interface RequestBodySink {
  /** The bytes are valid only during the call unless copied or written on. False: stop until `resumeBody`. */
  data(chunk: Buffer): boolean;
  end(trailers: HeaderList | null): void;
  /** The client went away or broke the framing; nothing follows. */
  fail(error: GatewayError): void;
}

/** What the owner of an exchange hears from the connection. */
export interface InboundObserver {
  /** After a `write` that returned false: the client has read; go on. */
  onDrain(): void;
  /**
   * Exactly once, last. `complete`: the whole response was handed to the operating system. Otherwise the client went
   * away, or {@link Inbound.abort} was called.
   */
  onClosed(complete: boolean): void;
}

/**
 * One request and its response on the client's side, whatever the HTTP version. Everything written in one tick goes out
 * in one system call. Methods may be called after the client is gone; they then do nothing.
 */
export interface Inbound {
  readonly head: RequestHead;
  readonly connection: ConnectionInfo;
  /** True when response bodies may be written `framed` (HTTP/1.1 client; not HEAD). */
  readonly takesFramed: boolean;
  observer: InboundObserver | null;
  /** After {@link hijack}: hears that the connection is to end. */
  onDraining: (() => void) | null;

  /**
   * Starts the body's delivery, at most once; sends 100 (Continue) if the client waits for it. Without a call the body
   * is read and dropped (or the connection closed, when it is long) after the response.
   */
  receive(sink: RequestBodySink, mode: BodyMode): void;
  pauseBody(): void;
  resumeBody(): void;

  /** A 1xx response other than 101; dropped for HTTP/1.0 (RFC 9110 §15.2). */
  inform(head: ResponseHead): void;

  /**
   * The response head, once. `body`: `none` for a response without one; else how {@link write} will give it. With
   * `payload` the connection frames it: by `head.bodyLength`, or chunked, or by closing for HTTP/1.0.
   */
  respond(head: ResponseHead, body: BodyMode | 'none'): void;
  /** False: wait for `onDrain`. The buffer must not be changed afterwards. */
  write(chunk: Uint8Array): boolean;
  /** Ends the response. With `framed` the end was part of the bytes. */
  end(trailers: HeaderList | null): void;
  /** Cuts the response so that the client can tell: the connection closes without the body's end. */
  abort(): void;

  /** After `respond` with 101, or 2xx to CONNECT: the connection as a byte stream; the exchange has ended. */
  hijack(): Duplex;

  /** Bytes read from and written to the client for this exchange so far, heads included. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

/** Called for each request as soon as its head is parsed. Must not throw. */
export type InboundHandler = (inbound: Inbound) => void;
