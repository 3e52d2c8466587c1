import type { Duplex } from 'node:stream';
import type { GatewayError } from '../../base/errors.ts';
import type { HeaderList } from '../http/headers.ts';
import type { Inbound, InboundObserver, RequestBodySink } from '../http/inbound.ts';
import { UNKNOWN_LENGTH } from '../http/message.ts';
import type { BodyMode, ConnectionInfo, RequestHead, ResponseHead } from '../http/message.ts';
import { fieldLines, ownName, statusLine } from './head-writer.ts';
import type { ServerConnection } from './server-connection.ts';
import { trailerText } from './trailers.ts';

/** How body bytes go out: not at all, counted against a length, as given, or wrapped in chunks. */
type Framing = 'none' | 'length' | 'raw' | 'chunked';

/** One request on an HTTP/1 connection, and its response. */
export class ServerExchange implements Inbound {
  readonly head: RequestHead;
  readonly connection: ConnectionInfo;
  readonly takesFramed: boolean;
  observer: InboundObserver | null = null;
  onDraining: (() => void) | null = null;
  bytesReceived: number;

  /** Null until `receive`, and again once nothing more will be delivered. */
  sink: RequestBodySink | null = null;
  bodyMode: BodyMode = 'payload';
  /** The head went out. */
  responded = false;
  /** The response is written as far as the connection is concerned. */
  ended = false;

  readonly #conn: ServerConnection;
  readonly #sentBefore: number;
  #sent = -1;
  #open = true;
  #framing: Framing = 'none';
  #left = 0;
  #untilClose = false;
  #received = false;

  constructor(conn: ServerConnection, head: RequestHead, headBytes: number, sentBefore: number) {
    this.#conn = conn;
    this.head = head;
    this.connection = conn.info;
    this.takesFramed = head.version === 11 && head.method !== 'HEAD';
    this.bytesReceived = headBytes;
    this.#sentBefore = sentBefore;
  }

  /** True until {@link close}. */
  get open(): boolean {
    return this.#open;
  }

  /** The response under way is chunked: it may go on for ever, and pause for as long. */
  get chunked(): boolean {
    return this.#framing === 'chunked' || this.#framing === 'raw';
  }

  get bytesSent(): number {
    return this.#sent < 0 ? this.#conn.writer.total - this.#sentBefore : this.#sent;
  }

  receive(sink: RequestBodySink, mode: BodyMode): void {
    if (!this.#open || this.#received) return;
    this.#received = true;
    this.sink = sink;
    this.bodyMode = mode;
    this.#conn.startBody(this);
  }

  pauseBody(): void {
    if (this.#open) this.#conn.holdBody(true);
  }

  resumeBody(): void {
    if (this.#open) this.#conn.holdBody(false);
  }

  inform(head: ResponseHead): void {
    if (!this.#open || this.responded || this.head.version === 10) return;
    this.#conn.writer.text(`${statusLine(head.status)}${fieldLines(head.headers)}\r\n`);
  }

  respond(head: ResponseHead, body: BodyMode | 'none'): void {
    if (!this.#open || this.responded) return;
    this.responded = true;
    const { status, headers } = head;
    const { original } = headers;
    let text = statusLine(status) + fieldLines(headers);
    if (!headers.has('date')) text += `${ownName('date', original)}: ${this.#conn.date()}\r\n`;
    text += this.#frame(head, body, original);
    if (status === 101 || this.#isTunnel(status)) {
      if (status === 101) text += this.#upgradeFields(headers, original);
    } else if (this.#conn.lastResponse(this, this.#untilClose)) {
      text += `${ownName('connection', original)}: close\r\n`;
    } else if (this.head.version === 10) {
      text += `${ownName('connection', original)}: keep-alive\r\n`;
    }
    this.#conn.writer.text(`${text}\r\n`);
  }

  write(chunk: Uint8Array): boolean {
    const { length } = chunk;
    if (!this.#open || !this.responded || this.ended || length === 0) return true;
    const { writer } = this.#conn;
    switch (this.#framing) {
      case 'none':
        return true;
      case 'raw':
        return writer.bytes(chunk);
      case 'length':
        if (length > this.#left) {
          this.abort();
          return true;
        }
        this.#left -= length;
        return writer.bytes(chunk);
      default: {
        writer.text(`${length.toString(16)}\r\n`);
        writer.bytes(chunk);
        writer.text('\r\n');
        return writer.accepting;
      }
    }
  }

  end(trailers: HeaderList | null): void {
    if (!this.#open || !this.responded || this.ended) return;
    if (this.#framing === 'length' && this.#left > 0) {
      this.abort();
      return;
    }
    this.ended = true;
    if (this.#framing === 'chunked') this.#conn.writer.text(`0\r\n${trailerText(trailers)}`);
    this.#conn.responseEnded(this);
  }

  abort(): void {
    if (this.#open) this.#conn.cut(this.responded && this.#untilClose);
  }

  hijack(): Duplex {
    return this.#conn.hijack(this);
  }

  /** Called by the connection, once: nothing follows. `error` reaches a sink that still waits for its body. */
  close(complete: boolean, error: GatewayError | null): void {
    if (!this.#open) return;
    this.#open = false;
    this.#sent = this.#conn.writer.total - this.#sentBefore;
    const { sink } = this;
    this.sink = null;
    if (error !== null) sink?.fail(error);
    this.observer?.onClosed(complete);
  }

  /** The framing fields of the response; sets how `write` goes on (RFC 9112 §6). */
  #frame(head: ResponseHead, body: BodyMode | 'none', original: Map<string, string> | null): string {
    const { status, bodyLength } = head;
    if (status === 101 || status === 204 || this.#isTunnel(status)) return '';
    if (this.head.method === 'HEAD' || status === 304) {
      const told = bodyLength > 0 || (bodyLength === 0 && status !== 304);
      return told ? `${ownName('content-length', original)}: ${bodyLength}\r\n` : '';
    }
    if (body === 'none') return `${ownName('content-length', original)}: 0\r\n`;
    if (body === 'payload' && bodyLength !== UNKNOWN_LENGTH) {
      this.#framing = 'length';
      this.#left = bodyLength;
      return `${ownName('content-length', original)}: ${bodyLength}\r\n`;
    }
    if (this.head.version === 10) {
      this.#framing = 'raw';
      this.#untilClose = true;
      return '';
    }
    this.#framing = body === 'framed' ? 'raw' : 'chunked';
    return `${ownName('transfer-encoding', original)}: chunked\r\n`;
  }

  #isTunnel(status: number): boolean {
    return this.head.method === 'CONNECT' && status >= 200 && status < 300;
  }

  #upgradeFields(headers: HeaderList, original: Map<string, string> | null): string {
    const protocol = headers.has('upgrade') ? '' : `${ownName('upgrade', original)}: ${this.head.upgrade}\r\n`;
    return `${ownName('connection', original)}: upgrade\r\n${protocol}`;
  }
}
