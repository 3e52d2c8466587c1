import type { Socket } from 'node:net';
import { GatewayError, toGatewayError } from '../../base/errors.ts';
import type { ResponseHead } from '../http/message.ts';
import type { DeliveryMode } from '../http/outbound.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import type { ClientCall } from './client-call.ts';
import type { HeadLimits } from '../http/head-error.ts';
import type { ResponseFraming, ResponseParser } from './response-parser.ts';
import { SocketWriter } from './socket-writer.ts';

/** Largest response head that is accepted. */
const limits: HeadLimits = { maxHeadSize: 65_536, maxHeaders: 200, maxTargetLength: 0 };

/** Who keeps the connection between requests. */
export interface ConnectionOwner {
  /** The response ended; the connection can carry another request. */
  onFree(connection: ClientConnection): void;
  /** The connection closed, or was given away; called once. */
  onGone(connection: ClientConnection): void;
}

/** One connection to an upstream: one request at a time (RFC 9112 §9.3). */
export class ClientConnection {
  /** `ip:port` of the other side. */
  readonly address: string;
  readonly writer: SocketWriter;
  /** Carried a request before the one under way. */
  reused = false;
  /** For the owner: when it was given back, on the sweeper's clock. */
  freeSince = 0;

  readonly #socket: Socket;
  readonly #parser: ResponseParser;
  readonly #owner: ConnectionOwner;
  #call: ClientCall | null = null;
  #held: Buffer | null = null;
  #framing: ResponseFraming = 'none';
  #inBody = false;
  #closeAfter = false;
  #left = 0;
  #decoder: ChunkedDecoder | null = null;
  #mode: DeliveryMode = 'payload';
  #answered = false;
  #gone = false;

  constructor(socket: Socket, address: string, parser: ResponseParser, owner: ConnectionOwner) {
    this.#socket = socket;
    this.address = address;
    this.#parser = parser;
    this.#owner = owner;
    this.writer = new SocketWriter(socket);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
    // It comes paused where something was read from it before.
    this.resume();
  }

  /** False once the socket is closed or closing. */
  get usable(): boolean {
    return !this.#gone && this.#socket.writable && !this.#socket.destroyed;
  }

  /** Makes `call` the one whose response is read. */
  begin(call: ClientCall): void {
    this.#call = call;
    this.#inBody = false;
    this.#answered = false;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  /** Closes at once; a call under way hears nothing. */
  destroy(): void {
    this.#call = null;
    this.#socket.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#call === null) {
      // Nothing was asked for: what comes belongs to no request (RFC 9112 §9.2).
      this.#socket.destroy();
      return;
    }
    this.#answered = true;
    let bytes = chunk;
    if (this.#held !== null) {
      bytes = Buffer.concat([this.#held, chunk]);
      this.#held = null;
    }
    try {
      this.#read(bytes);
    } catch (thrown) {
      // Anything but the parser's own complaint is a fault of ours.
      this.#fail(
        thrown instanceof GatewayError
          ? new GatewayError('upstreamProtocol', `the upstream sent an invalid response: ${thrown.message}`)
          : toGatewayError(thrown),
      );
    }
  };

  #read(bytes: Buffer): void {
    let at = 0;
    while (!this.#inBody) {
      const call = this.#call;
      if (call === null) return;
      if (at === bytes.length) return;
      const parser = this.#parser;
      const head = parser.parse(bytes, at, call.method, limits, call.preserveCase);
      if (head === null) {
        this.#held = at === 0 ? bytes : bytes.subarray(at);
        return;
      }
      at = parser.end;
      if (head.status === 101 || (call.method === 'CONNECT' && head.status >= 200 && head.status < 300)) {
        this.#upgrade(call, head, bytes.subarray(at));
        return;
      }
      if (head.status < 200) {
        if (head.status !== 100) call.handler.onInformational(head);
        continue;
      }
      this.#begin(call, head);
    }
    this.#readBody(bytes, at);
  }

  #begin(call: ClientCall, head: ResponseHead): void {
    const framing = this.#parser.framing;
    this.#framing = framing;
    this.#closeAfter = this.#parser.close;
    this.#left = framing === 'length' ? head.bodyLength : 0;
    this.#inBody = true;
    const chunked = framing === 'chunked';
    const mode = call.handler.onHead(head, chunked);
    this.#mode = chunked ? mode : 'payload';
    call.tapped = this.#mode === 'tapped';
    this.#decoder = chunked ? new ChunkedDecoder(call, mode) : null;
  }

  #readBody(bytes: Buffer, at: number): void {
    // onHead may have aborted.
    const call = this.#call;
    if (call === null) return;
    let end = at;
    let done = false;
    if (this.#decoder !== null) {
      end = this.#decoder.feed(bytes, at);
      done = this.#decoder.done;
    } else if (this.#framing === 'close') {
      end = bytes.length;
      if (end > at) call.deliver(at === 0 ? bytes : bytes.subarray(at));
    } else {
      end = Math.min(bytes.length, at + this.#left);
      this.#left -= end - at;
      done = this.#left === 0;
      if (end > at) call.deliver(end - at === bytes.length ? bytes : bytes.subarray(at, end));
    }
    if (done && this.#call === call) this.#finish(call, end === bytes.length);
  }

  /** The response is whole. `clean`: nothing came after it. */
  #finish(call: ClientCall, clean: boolean): void {
    const trailers = this.#mode === 'payload' && this.#decoder !== null ? this.#decoder.trailers : null;
    this.#call = null;
    this.#decoder = null;
    this.#inBody = false;
    if (clean && !this.#closeAfter && call.requestEnded && this.usable) {
      this.resume();
      this.reused = true;
      this.#owner.onFree(this);
    } else this.#socket.destroy();
    call.finish(trailers);
  }

  #upgrade(call: ClientCall, head: ResponseHead, rest: Buffer): void {
    if (call.method !== 'CONNECT' && call.upgrade === '')
      throw new GatewayError('badRequest', 'an upgrade not asked for');
    const socket = this.#socket;
    this.#call = null;
    this.#detach();
    socket.pause();
    if (rest.length > 0) socket.unshift(rest);
    call.upgraded(head, socket);
  }

  readonly #onDrain = (): void => {
    this.#call?.drained();
  };

  readonly #onEnd = (): void => {
    const call = this.#call;
    if (call === null) {
      this.#socket.destroy();
    } else if (this.#inBody && this.#framing === 'close') {
      this.#closeAfter = true;
      this.#finish(call, true);
    } else this.#reset(null);
  };

  readonly #onError = (error: Error): void => {
    if (this.#call !== null) this.#reset(error);
  };

  readonly #onClose = (): void => {
    if (this.#call !== null) this.#reset(null);
    this.#detach();
  };

  /** The upstream closed too early. */
  #reset(cause: Error | null): void {
    const retry = this.reused && !this.#answered ? 'reusedOnly' : 'never';
    this.#fail(new GatewayError('upstreamReset', '', cause === null ? { retry } : { retry, cause }));
  }

  #fail(error: GatewayError): void {
    const call = this.#call;
    this.#call = null;
    this.#socket.destroy();
    call?.fail(error);
  }

  #detach(): void {
    if (this.#gone) return;
    this.#gone = true;
    const socket = this.#socket;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('drain', this.#onDrain);
    socket.off('close', this.#onClose);
    this.#owner.onGone(this);
  }
}
