import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GatewayError, toGatewayError } from '../../base/errors.ts';
import type { ConnectionInfo } from '../http/message.ts';
import { DRAIN_GRACE_MS } from '../drain-grace.ts';
import { cutOff } from '../relay.ts';
import { Pace } from '../stall.ts';
import type { Swept } from '../sweeper.ts';
import { BodyReader } from './body-reader.ts';
import { ClientProbe, CONTINUE } from './client-probe.ts';
import type { ServerContext } from './connection-settings.ts';
import { errorResponse } from './error-response.ts';
import { LingeringClose } from './lingering-close.ts';
import { ServerExchange } from './server-exchange.ts';
import { SocketWriter } from './socket-writer.ts';

/** Bytes held for a later request, or for a body that nobody takes yet, before the socket is paused. */
const MAX_HELD = 65_536;
/** Body bytes read and dropped so that the connection can be kept. */
const MAX_DISCARD = 65_536;
const EMPTY = Buffer.alloc(0);
const LF = 10;

/** The server side of one HTTP/1 connection: requests one after the other, each an exchange for the handler. */
export class ServerConnection implements Swept {
  readonly info: ConnectionInfo;
  readonly writer: SocketWriter;
  readonly #socket: Socket;
  readonly #context: ServerContext;
  readonly #onGone: (connection: ServerConnection) => void;
  readonly #scheme: 'http' | 'https';
  readonly #retireAt: number;

  #exchange: ServerExchange | null = null;
  #body: BodyReader | null = null;
  #bodyHeld = false;
  #held: Buffer | null = null;
  #discarded = 0;
  #deadline: number;
  #deadlineIsIdle = false;
  #consuming = false;
  /** The response under way, or the last one, is the connection's last. */
  #close = false;
  #draining = false;
  #peerEnded = false;
  #gone = false;
  #hijacked: ServerExchange | null = null;
  #paused = false;
  #probe: ClientProbe | null = null;
  /** Made when a sweep finds that something waits for the client. */
  #pace: Pace | null = null;

  /** @param onGone Called once when the socket has closed, hijacked or not. */
  constructor(
    socket: Socket,
    info: ConnectionInfo,
    context: ServerContext,
    onGone: (connection: ServerConnection) => void,
  ) {
    this.#socket = socket;
    this.info = info;
    this.#context = context;
    this.#onGone = onGone;
    this.#scheme = info.tls === undefined ? 'http' : 'https';
    this.writer = new SocketWriter(socket);
    const settings = context.settings();
    this.#retireAt = context.sweeper.deadline(settings.maxConnectionMs);
    this.#deadline = context.sweeper.deadline(settings.headTimeoutMs);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('error', () => undefined);
    socket.on('close', this.#onClose);
    context.sweeper.add(this);
  }

  /** True when no request is under way or partly received. */
  get idle(): boolean {
    return this.#exchange === null && this.#held === null;
  }

  /** The next response, or the one under way, is the last; without a request it closes after a moment. */
  drain(): void {
    this.#draining = true;
    this.#hijacked?.onDraining?.();
    if (this.idle) this.#deadline = Math.min(this.#deadline, this.#context.sweeper.deadline(DRAIN_GRACE_MS));
  }

  sweep(now: number): void {
    if (now > this.#deadline) this.#expire();
    else if (now > this.#retireAt && this.idle) this.#finish();
    else if (this.#exchange !== null) this.#checkPace(this.#exchange, now);
  }

  /** Cuts a client off that takes nothing of its response, and answers one that sends nothing of its body with 408. */
  #checkPace(exchange: ServerExchange, now: number): void {
    const { writableLength, bytesRead } = this.#socket;
    // Once there is a response, both may go on as slowly as they like.
    const wanted = this.#body !== null && exchange.sink !== null && !this.#bodyHeld && !exchange.responded;
    if (this.#pace === null && writableLength === 0 && !wanted) return;
    this.#pace ??= new Pace();
    const late = this.#pace.late(now, this.writer.total, writableLength, wanted, bytesRead, this.#context.settings());
    if (late === 'taking') this.cut(true);
    if (late === 'sending') this.#breakBody(exchange, new GatewayError('requestTimeout'));
  }

  date(): string {
    return this.#context.date.now();
  }

  // === for the exchange ===

  /** A sink is there: the body may flow. */
  startBody(exchange: ServerExchange): void {
    if (exchange.head.expectContinue && !exchange.responded && this.#held === null) this.writer.text(CONTINUE);
    if (this.#body === null) {
      // No body: its end comes later, as for any other body.
      process.nextTick(() => {
        const { sink } = exchange;
        exchange.sink = null;
        sink?.end(null);
      });
      return;
    }
    this.#body.mode = exchange.bodyMode;
    if (this.#held !== null && !this.#consuming) process.nextTick(this.#resumeInput);
  }

  /** Stops or resumes the delivery of the body. */
  holdBody(hold: boolean): void {
    if (this.#bodyHeld === hold) return;
    this.#bodyHeld = hold;
    this.#flow();
    if (!hold && !this.#consuming) process.nextTick(this.#resumeInput);
  }

  /** Decides, when a response head is written, whether the connection ends with it. */
  lastResponse(exchange: ServerExchange, untilClose: boolean): boolean {
    const bodyLeft = this.#body !== null && exchange.sink === null && !this.#body.fitsIn(MAX_DISCARD);
    const unasked = this.#body !== null && exchange.head.expectContinue && exchange.sink === null;
    if (untilClose || bodyLeft || unasked || this.#draining || this.#peerEnded) this.#close = true;
    if (this.#context.sweeper.now > this.#retireAt) this.#close = true;
    return this.#close;
  }

  /** The exchange has written everything. */
  responseEnded(exchange: ServerExchange): void {
    this.writer.flush();
    const socket = this.#socket;
    // Broken already: `close` will say so.
    if (!socket.writable) return;
    if (socket.writableLength === 0) this.#responseFlushed(exchange);
    else socket.write(EMPTY, (error) => error ?? this.#responseFlushed(exchange));
  }

  /** Ends the connection in the middle of a response; `reset` where a plain end would look like success. */
  cut(reset: boolean): void {
    if (reset) cutOff(this.#socket);
    else this.#socket.destroy();
  }

  /** Gives up the socket, with what was already read put back; a destroyed one when the client is gone. */
  hijack(exchange: ServerExchange): Duplex {
    const socket = this.#socket;
    if (this.#gone || this.#exchange !== exchange) {
      socket.destroy();
      return socket;
    }
    this.writer.flush();
    socket.pause();
    if (this.#held !== null) socket.unshift(this.#held);
    this.#leave();
    this.#hijacked = exchange;
    socket.once('close', () => this.#onGone(this));
    exchange.close(true, null);
    return socket;
  }

  // === input ===

  readonly #onData = (chunk: Buffer): void => {
    const held = this.#held;
    if (held === null) {
      this.#consume(chunk);
      return;
    }
    const bytes = Buffer.concat([held, chunk]);
    // A head that was incomplete is complete only with another line end; not looking sooner keeps a client that sends
    // single bytes from costing a parse for each.
    if (this.#exchange === null && !chunk.includes(LF) && bytes.length <= this.#context.settings().maxHeadSize) {
      this.#held = bytes;
    } else this.#consume(bytes);
  };

  readonly #resumeInput = (): void => {
    if (this.#held !== null && !this.#gone && !this.#consuming) this.#consume(this.#held);
  };

  /** Reads as much of `bytes` as can be handled now and holds the rest. */
  #consume(bytes: Buffer): void {
    this.#consuming = true;
    this.#held = null;
    let at = 0;
    try {
      while (at < bytes.length && !this.#gone) {
        if (this.#exchange === null) {
          const next = this.#readHead(bytes, at);
          if (next < 0) break;
          at = next;
        } else if (this.#body !== null && (this.#exchange.ended || (this.#exchange.sink !== null && !this.#bodyHeld))) {
          at = this.#readBody(this.#exchange, this.#body, bytes, at);
        } else break;
      }
    } catch (thrown) {
      this.#reject(toGatewayError(thrown));
      return;
    } finally {
      this.#consuming = false;
    }
    if (at < bytes.length && !this.#gone) {
      this.#held = at === 0 ? bytes : bytes.subarray(at);
    }
    this.#flow();
  }

  #readHead(bytes: Buffer, at: number): number {
    const context = this.#context;
    const settings = context.settings();
    const { parser } = context;
    const head = parser.parse(bytes, at, this.#scheme, settings, settings.headerCase === 'preserve');
    if (head === null) {
      // A first byte starts the clock; later ones do not wind it back.
      if (this.#deadlineIsIdle) this.#setDeadline(settings.headTimeoutMs, false);
      return -1;
    }
    const { end } = parser;
    this.#close = parser.close;
    this.#deadline = Number.POSITIVE_INFINITY;
    this.#bodyHeld = false;
    this.#discarded = 0;
    const exchange = new ServerExchange(this, head, end - at, this.writer.total);
    this.#exchange = exchange;
    this.#body = head.bodyLength === 0 ? null : new BodyReader(head.bodyLength);
    context.handler()(exchange);
    return end;
  }

  #readBody(exchange: ServerExchange, body: BodyReader, bytes: Buffer, at: number): number {
    let end: number;
    try {
      end = body.read(bytes, at, exchange.sink);
    } catch (thrown) {
      this.#breakBody(exchange, toGatewayError(thrown));
      return bytes.length;
    }
    exchange.bytesReceived += end - at;
    if (body.held) {
      body.held = false;
      this.#bodyHeld = true;
    }
    if (body.done) {
      this.#body = null;
      const { sink } = exchange;
      exchange.sink = null;
      sink?.end(body.trailers);
      if (exchange.ended) this.#nextRequest(exchange);
    } else if (exchange.ended) {
      this.#discarded += end - at;
      if (this.#discarded > MAX_DISCARD) this.#finish();
    }
    return end;
  }

  /** Nothing more can be read, but the request can still be answered. */
  #breakBody(exchange: ServerExchange, error: GatewayError): void {
    this.#body = null;
    this.#close = true;
    const { sink } = exchange;
    exchange.sink = null;
    sink?.fail(error);
    if (this.#exchange === null || exchange.ended) this.#finish();
  }

  readonly #onEnd = (): void => {
    this.#peerEnded = true;
    const exchange = this.#exchange;
    if (exchange === null) {
      this.#socket.end();
      return;
    }
    // What is written will be flushed, and closes the connection then.
    if (exchange.ended) return;
    const bodyMissing = this.#body !== null;
    // A connection that would be kept has no reason to be shut by a client that still waits for its response, nor has one
    // in the middle of a stream, where nothing else would tell that the client has left; TLS clients do not half-close.
    const left = this.#scheme === 'https' || (exchange.responded && (!this.#close || exchange.chunked));
    if (bodyMissing || left) {
      this.#socket.destroy();
      return;
    }
    if (exchange.responded || exchange.head.version === 10) return;
    this.#probe = new ClientProbe();
    this.#probe.start(this.#socket, () => this.#exchange === exchange && !exchange.responded);
  };

  // === output and lifetime ===

  readonly #onDrain = (): void => {
    const exchange = this.#exchange;
    if (exchange !== null && !exchange.ended) exchange.observer?.onDrain();
  };

  #responseFlushed(exchange: ServerExchange): void {
    if (this.#exchange !== exchange || this.#gone) return;
    exchange.close(true, null);
    if (this.#body === null) this.#nextRequest(exchange);
    else if (this.#close) this.#finish();
    else {
      // What is left of the body is dropped, and has no longer to come than a head.
      this.#setDeadline(this.#context.settings().headTimeoutMs, false);
      this.#bodyHeld = false;
      this.#flow();
    }
    if (this.#held !== null && !this.#consuming) process.nextTick(this.#resumeInput);
  }

  /** The exchange is over on both sides. */
  #nextRequest(exchange: ServerExchange): void {
    // Until its response is flushed, or has failed, the exchange still has to hear of its end.
    if (this.#exchange !== exchange || exchange.open) return;
    this.#exchange = null;
    this.#body = null;
    // A client that was not told of the end by the last response may have sent another request already.
    if (this.#close || this.#peerEnded) this.#finish();
    else this.#setDeadline(this.#draining ? DRAIN_GRACE_MS : this.#context.settings().idleTimeoutMs, true);
  }

  #setDeadline(ms: number, idle: boolean): void {
    this.#deadline = this.#context.sweeper.deadline(ms);
    this.#deadlineIsIdle = idle;
  }

  #expire(): void {
    if (this.#held === null) this.#finish();
    else this.#reject(new GatewayError('requestTimeout'));
  }

  /** Answers a request that never became an exchange, and closes. */
  #reject(error: GatewayError): void {
    if (this.#gone) return;
    this.#context.onBadRequest(error, this.info);
    this.writer.text(errorResponse(error, this.date()));
    this.#finish();
  }

  /** The connection has done its work. */
  #finish(): void {
    if (this.#gone) return;
    const sending = this.#body !== null || this.#held !== null;
    this.writer.flush();
    this.#exchange?.close(false, null);
    this.#leave();
    this.#socket.once('close', () => this.#onGone(this));
    new LingeringClose(this.#socket, this.#context.sweeper, sending);
  }

  /** Pauses the socket while nobody can take more, and resumes it. */
  #flow(): void {
    const pause =
      ((this.#bodyHeld && this.#body !== null) || (this.#held !== null && this.#held.length >= MAX_HELD)) &&
      this.#exchange !== null;
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#socket.pause();
    else this.#socket.resume();
  }

  readonly #onClose = (): void => {
    const exchange = this.#exchange;
    const error = exchange === null || this.#body === null ? null : new GatewayError('clientGone');
    this.#leave();
    exchange?.close(false, error);
    this.#onGone(this);
  };

  /** Has no more to do with the socket. */
  #leave(): void {
    this.#gone = true;
    this.#exchange = null;
    this.#body = null;
    this.#held = null;
    this.#probe?.stop();
    this.#context.sweeper.delete(this);
    const socket = this.#socket;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('drain', this.#onDrain);
    socket.off('close', this.#onClose);
  }
}
