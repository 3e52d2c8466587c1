import type { Duplex } from 'node:stream';
import type { GatewayError } from '../../base/errors.ts';
import type { HeaderList } from '../http/headers.ts';
import { UNKNOWN_LENGTH, type ResponseHead } from '../http/message.ts';
import type { OutboundCall, OutboundHandler, OutboundRequest } from '../http/outbound.ts';
import type { ChunkSink } from './chunked-decoder.ts';
import type { ClientConnection } from './client-connection.ts';
import { fieldLines, ownName } from './head-writer.ts';
import { trailerText } from './trailers.ts';

/** One request to an upstream: waits for its connection, writes itself, and passes the response to its handler. */
export class ClientCall implements OutboundCall, ChunkSink {
  readonly handler: OutboundHandler;
  readonly method: string;
  readonly upgrade: string;
  readonly preserveCase: boolean;
  /** The request was written to its end. */
  requestEnded: boolean;
  /** Payload goes to `onPayload`, and framed bytes to `onData`. */
  tapped = false;
  /** Nothing more happens. */
  over = false;

  readonly #request: OutboundRequest;
  readonly #chunked: boolean;
  #conn: ClientConnection | null = null;
  /** Body parts that came before the connection. */
  #early: Uint8Array[] | null = null;
  #earlyEnd: { readonly trailers: HeaderList | null } | null = null;
  #waiting = false;
  #onAbort: (() => void) | null = null;

  constructor(request: OutboundRequest, handler: OutboundHandler) {
    this.#request = request;
    this.handler = handler;
    this.method = request.method;
    this.upgrade = request.upgrade;
    this.preserveCase = request.headers.original !== null;
    this.requestEnded = request.bodyLength === 0;
    this.#chunked = request.bodyLength === UNKNOWN_LENGTH && request.bodyMode === 'payload';
  }

  /** What to undo when the call is aborted before it has a connection. */
  whileConnecting(onAbort: (() => void) | null): void {
    this.#onAbort = onAbort;
  }

  /** Sends the request on `conn`. */
  start(conn: ClientConnection): void {
    this.#conn = conn;
    this.#onAbort = null;
    conn.begin(this);
    if (this.requestEnded) conn.writer.last(requestHead(this.#request));
    else conn.writer.text(requestHead(this.#request));
    this.handler.onConnected(conn.address, conn.reused);
    if (this.over) return;
    const early = this.#early;
    if (early !== null) {
      this.#early = null;
      for (const chunk of early) this.write(chunk);
    }
    if (this.#earlyEnd !== null) this.end(this.#earlyEnd.trailers);
    else if (this.#waiting && conn.writer.accepting) {
      this.#waiting = false;
      this.handler.onDrain();
    }
  }

  write(chunk: Uint8Array): boolean {
    if (this.over || this.requestEnded || chunk.length === 0) return true;
    const conn = this.#conn;
    if (conn === null) {
      (this.#early ??= []).push(chunk);
      this.#waiting = true;
      return false;
    }
    if (this.#chunked) {
      conn.writer.text(`${chunk.length.toString(16)}\r\n`);
      conn.writer.bytes(chunk);
      conn.writer.text('\r\n');
    } else conn.writer.bytes(chunk);
    return conn.writer.accepting;
  }

  end(trailers: HeaderList | null): void {
    if (this.over || this.requestEnded) return;
    const conn = this.#conn;
    if (conn === null) {
      this.#earlyEnd = { trailers };
      return;
    }
    this.requestEnded = true;
    if (this.#chunked) conn.writer.text(`0\r\n${trailerText(trailers)}`);
    conn.writer.flush();
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    this.#conn?.destroy();
    this.#onAbort?.();
    this.#release();
  }

  pause(): void {
    if (!this.over) this.#conn?.pause();
  }

  resume(): void {
    if (!this.over) this.#conn?.resume();
  }

  // === from the connection ===

  deliver(bytes: Buffer): void {
    if (!this.over && !this.handler.onData(bytes)) this.pause();
  }

  chunkPayload(bytes: Buffer): void {
    if (this.over) return;
    if (this.tapped) this.handler.onPayload(bytes);
    else this.deliver(bytes);
  }

  chunkFramed(bytes: Buffer): void {
    this.deliver(bytes);
  }

  drained(): void {
    if (!this.over && !this.requestEnded) this.handler.onDrain();
  }

  finish(trailers: HeaderList | null): void {
    if (this.over) return;
    this.over = true;
    this.#release();
    this.handler.onEnd(trailers);
  }

  fail(error: GatewayError): void {
    if (this.over) return;
    this.over = true;
    this.#release();
    this.handler.onError(error);
  }

  upgraded(head: ResponseHead, stream: Duplex): void {
    if (this.over) return;
    this.over = true;
    this.#release();
    this.handler.onUpgrade(head, stream);
  }

  #release(): void {
    this.#conn = null;
    this.#early = null;
    this.#onAbort = null;
  }
}

/** The request head with the fields that only a connection writes: Host, framing, Connection. */
function requestHead(request: OutboundRequest): string {
  const { headers, bodyLength, method } = request;
  const { original } = headers;
  let text = `${method} ${request.target} HTTP/1.1\r\n${ownName('host', original)}: ${request.authority}\r\n`;
  text += fieldLines(headers);
  if (bodyLength === UNKNOWN_LENGTH) text += `${ownName('transfer-encoding', original)}: chunked\r\n`;
  else if (bodyLength > 0 || method === 'POST' || method === 'PUT' || method === 'PATCH') {
    text += `${ownName('content-length', original)}: ${bodyLength}\r\n`;
  }
  if (request.upgrade !== '') {
    text += `${ownName('connection', original)}: upgrade\r\n${ownName('upgrade', original)}: ${request.upgrade}\r\n`;
  }
  return `${text}\r\n`;
}
