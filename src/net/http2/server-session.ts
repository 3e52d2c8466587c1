import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { toGatewayError, type GatewayError } from '../../base/errors.ts';
import type { HeadLimits } from '../http/head-error.ts';
import { DRAIN_GRACE_MS } from '../drain-grace.ts';
import type { ConnectionInfo } from '../http/message.ts';
import type { Swept } from '../sweeper.ts';
import { errorFields } from './error-fields.ts';
import { Http2Exchange } from './server-exchange.ts';
import { NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR, nodeHttp2 } from './protocol.ts';
import { readRequestHead } from './request-fields.ts';
import { sessionMemory, type ListenerContext, type ListenerSettings } from './settings.ts';

/** In a GOAWAY: no stream is refused yet (RFC 9113 §6.8). */
const ALL_STREAMS = 2 ** 31 - 1;

/**
 * What bounds the cheap ways to make a server work for nothing: streams opened and reset (CVE-2023-44487), endless
 * header blocks (CVE-2024-27316), floods of settings and pings, frames that are wrong. nghttp2 ends the connection.
 */
const floodLimits = {
  streamResetBurst: 200,
  streamResetRate: 50,
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
  maxOutstandingPings: 10,
  maxSettings: 32,
} as const;

/** The server side of one HTTP/2 connection: each stream an exchange for the handler. */
export class Http2ServerConnection implements Swept {
  readonly info: ConnectionInfo;
  readonly #context: ListenerContext;
  readonly #onGone: (connection: Http2ServerConnection) => void;
  readonly #session: ServerHttp2Session;
  readonly #scheme: 'http' | 'https';
  readonly #exchanges = new Set<Http2Exchange>();
  readonly #retireAt: number;
  /** When an idle connection closes, or one whose first head did not come. */
  #deadline: number;
  #pingAt: number;
  #pongBy = Number.POSITIVE_INFINITY;
  #draining = false;

  /**
   * @param socket From which the client's preface is still to be read.
   * @param onGone Called once when the connection has closed.
   */
  constructor(
    socket: Socket,
    info: ConnectionInfo,
    context: ListenerContext,
    onGone: (connection: Http2ServerConnection) => void,
  ) {
    this.info = info;
    this.#context = context;
    this.#onGone = onGone;
    this.#scheme = info.tls === undefined ? 'http' : 'https';
    const { sweeper } = context;
    const settings = context.settings();
    const { http2: limits } = settings;
    this.#deadline = sweeper.deadline(settings.headTimeoutMs);
    this.#retireAt = sweeper.deadline(settings.maxConnectionMs);
    this.#pingAt = sweeper.deadline(limits.keepaliveIntervalMs);
    // A client that ends its side is gone: HTTP/2 has no half-closed connections.
    socket.allowHalfOpen = false;
    // A closed socket ends streams, too: none may hear of it before the session.
    socket.on('error', ignore);
    this.#session = nodeHttp2().performServerHandshake(socket, {
      ...floodLimits,
      settings: {
        maxConcurrentStreams: limits.maxConcurrentStreams,
        initialWindowSize: limits.streamWindow,
        maxFrameSize: limits.maxFrameSize,
        maxHeaderListSize: limits.maxHeaderListSize,
        enableConnectProtocol: true,
        enablePush: false,
      },
      maxSessionMemory: sessionMemory(limits.maxConcurrentStreams),
      // One more than is allowed, so that the answer can be ours.
      maxHeaderListPairs: settings.maxHeaders + 8,
    });
    this.#session.setLocalWindowSize(limits.connectionWindow);
    this.#session.on('stream', this.#onStream);
    this.#session.on('error', ignore);
    this.#session.on('close', this.#onClose);
    sweeper.add(this);
  }

  /** Tells the client to send no more requests, and closes when those under way have ended (RFC 9113 §6.8). */
  drain(): void {
    if (this.#draining || this.#session.destroyed) return;
    this.#draining = true;
    for (const exchange of this.#exchanges) exchange.onDraining?.();
    const { sweeper } = this.#context;
    // Requests that are on their way meanwhile are still served: the last stream is named a round trip later.
    this.#session.goaway(NGHTTP2_NO_ERROR, ALL_STREAMS);
    this.#deadline = sweeper.deadline(DRAIN_GRACE_MS);
    if (!this.#session.ping(this.#finish)) this.#finish();
  }

  /** Names the last stream, and closes with it. */
  readonly #finish = (): void => {
    this.#deadline = Number.POSITIVE_INFINITY;
    if (!this.#session.destroyed) this.#session.close();
  };

  /** Closes at once. */
  destroy(): void {
    this.#session.destroy();
  }

  sweep(now: number): void {
    if (now > this.#pongBy || now > this.#deadline) {
      if (now > this.#pongBy) this.destroy();
      else if (this.#draining) this.#finish();
      else this.drain();
      return;
    }
    if (now > this.#retireAt) this.drain();
    if (now > this.#pingAt) this.#ping();
    if (this.#exchanges.size === 0) return;
    const settings = this.#context.settings();
    let doubtful = false;
    for (const exchange of this.#exchanges) if (exchange.sweep(now, settings)) doubtful = true;
    if (doubtful && !this.#session.destroyed) this.#ping();
  }

  #ping(): void {
    const { sweeper, settings } = this.#context;
    const { keepaliveIntervalMs, keepaliveTimeoutMs } = settings().http2;
    this.#pingAt = sweeper.deadline(keepaliveIntervalMs);
    if (this.#pongBy !== Number.POSITIVE_INFINITY) return;
    this.#pongBy = sweeper.deadline(keepaliveTimeoutMs);
    this.#session.ping(() => (this.#pongBy = Number.POSITIVE_INFINITY));
  }

  readonly #onStream = (stream: ServerHttp2Stream, _headers: unknown, flags: number, raw: unknown): void => {
    const fields = raw as readonly string[];
    const ended = (flags & NGHTTP2_FLAG_END_STREAM) !== 0;
    const context = this.#context;
    let exchange: Http2Exchange;
    try {
      const head = readRequestHead(fields, this.#scheme, ended, limitsOf(context.settings()));
      exchange = new Http2Exchange(stream, head, sizeOf(fields), this.info, ended, this.#onEnded);
    } catch (thrown) {
      this.#reject(stream, toGatewayError(thrown));
      return;
    }
    this.#exchanges.add(exchange);
    this.#deadline = Number.POSITIVE_INFINITY;
    context.handler()(exchange);
  };

  /** Answers a request that never became an exchange; the connection goes on. */
  #reject(stream: ServerHttp2Stream, error: GatewayError): void {
    this.#context.onBadRequest(error, this.info);
    stream.on('error', ignore);
    if (stream.destroyed) return;
    const { fields, body } = errorFields(error);
    stream.respond(fields);
    stream.end(body, () => stream.close(NGHTTP2_NO_ERROR));
    this.#rest();
  }

  readonly #onEnded = (exchange: Http2Exchange): void => {
    this.#exchanges.delete(exchange);
    this.#rest();
  };

  /** Without a request under way the connection may stay for the idle time only. */
  #rest(): void {
    if (this.#exchanges.size > 0 || this.#draining) return;
    const { sweeper, settings } = this.#context;
    this.#deadline = sweeper.deadline(settings().idleTimeoutMs);
  }

  readonly #onClose = (): void => {
    this.#context.sweeper.delete(this);
    this.#onGone(this);
  };
}

function limitsOf({ maxHeaders, maxTargetLength, http2: { maxHeaderListSize } }: ListenerSettings): HeadLimits {
  return { maxHeadSize: maxHeaderListSize, maxHeaders, maxTargetLength };
}

function sizeOf(raw: readonly string[]): number {
  let size = 0;
  for (const text of raw) size += text.length;
  return size;
}

function ignore(): void {}
