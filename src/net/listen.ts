import net from 'node:net';
import { GatewayError } from '../base/errors.ts';
import type { TcpKeepalive } from '../model/process.ts';
import { Peek } from './accept/peek.ts';
import { httpVersionOf } from './accept/preface.ts';
import { bindAll, closeServer, type BindOptions } from './bind-socket.ts';
import { connectionInfo } from './connection-info.ts';
import type { InboundHandler } from './http/inbound.ts';
import type { ConnectionInfo, TlsInfo } from './http/message.ts';
import { serverContext } from './http1/connection-settings.ts';
import { errorResponse } from './http1/error-response.ts';
import { LingeringClose } from './http1/lingering-close.ts';
import { ServerConnection } from './http1/server-connection.ts';
import { Http2ServerConnection } from './http2/server-session.ts';
import type { ListenerContext, ListenerSettings } from './http2/settings.ts';
import type { Sweeper } from './sweeper.ts';
import type { TlsContextSpec } from './tls-contexts.ts';
import { TlsTerminator } from './tls-terminator.ts';

/** Counts connections against limits that the whole process shares. */
export interface ConnectionGate {
  /** False: the connection gets 503, or is cut off where it would be TLS. True is followed by exactly one {@link close}. */
  tryOpen(): boolean;
  close(): void;
}

/** What a listener serves, and who hears of what goes wrong. */
export interface ListenerOptions extends BindOptions {
  /** Present: TLS with these certificates. */
  readonly tls?: readonly TlsContextSpec[];
  /** Asked anew for each request. */
  readonly settings: () => ListenerSettings;
  readonly handler: InboundHandler;
  readonly sweeper: Sweeper;
  readonly gate?: ConnectionGate;
  readonly keepalive?: TcpKeepalive;
  /** A request that could not be parsed; it is answered and its connection closed already. */
  readonly onBadRequest?: (error: GatewayError, connection: ConnectionInfo) => void;
  /** A TLS handshake that failed or that a listener refused; `reason` is for the log. */
  readonly onTlsFailure?: (reason: string, connection: ConnectionInfo) => void;
  /** Milliseconds of each TLS handshake that ended well. */
  readonly onHandshake?: (ms: number) => void;
}

/** An open listener. */
export interface ListenerHandle {
  /** Where it listens; the port is the real one when 0 was asked for. A Unix socket is `unix:/path` with port 0. */
  readonly addresses: readonly { readonly address: string; readonly port: number }[];
  readonly port: number;
  /** Connections open now, handshakes and hijacked ones included. */
  readonly connections: number;
  /** For requests that begin from now on. */
  setHandler(handler: InboundHandler): void;
  /**
   * New certificates for handshakes that begin from now on; null: plain connections. Throws, and changes nothing, when
   * one is not usable. Where TLS begins or ends, connections of before close as in {@link drain}.
   */
  updateTls(contexts: readonly TlsContextSpec[] | null): void;
  /** Resolves when the port is free. Connections stay. */
  stopAccepting(): Promise<void>;
  /** Idle connections close now, others with the response under way. */
  drain(): void;
  /** Closes everything at once. */
  destroyAll(): void;
}

/** Listens on all addresses. Rejects with the system's error (`EADDRINUSE` …) or OpenSSL's. */
export async function openListener(options: ListenerOptions): Promise<ListenerHandle> {
  const listener = new Listener(options);
  await listener.open();
  return listener;
}

class Listener implements ListenerHandle {
  readonly #options: ListenerOptions;
  readonly #context: ListenerContext;
  #tls: TlsTerminator | null;
  readonly #sockets = new Set<net.Socket>();
  readonly #connections = new Set<{ drain(): void }>();
  #servers: readonly net.Server[] = [];
  #addresses: readonly { readonly address: string; readonly port: number }[] = [];
  #handler: InboundHandler;
  #draining = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#handler = options.handler;
    const { sweeper, settings, onBadRequest = ignore } = options;
    this.#context = { ...serverContext({ sweeper, settings, handler: () => this.#handler, onBadRequest }), settings };
    this.#tls = options.tls === undefined ? null : this.#terminator(options.tls);
  }

  async open(): Promise<void> {
    this.#servers = await bindAll(this.#options, () =>
      net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket)),
    );
    this.#addresses = this.#servers.map((server) => {
      const address = server.address();
      return typeof address === 'object' && address !== null
        ? { address: address.address, port: address.port }
        : { address: `unix:${address}`, port: 0 };
    });
  }

  get addresses(): readonly { readonly address: string; readonly port: number }[] {
    return this.#addresses;
  }

  get port(): number {
    return this.#addresses[0]?.port ?? 0;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  setHandler(handler: InboundHandler): void {
    this.#handler = handler;
  }

  updateTls(contexts: readonly TlsContextSpec[] | null): void {
    if (contexts !== null && this.#tls !== null) {
      this.#tls.update(contexts);
      return;
    }
    if (contexts === null && this.#tls === null) return;
    this.#tls = contexts === null ? null : this.#terminator(contexts);
    for (const connection of this.#connections) connection.drain();
  }

  async stopAccepting(): Promise<void> {
    await Promise.all(this.#servers.map(closeServer));
  }

  drain(): void {
    this.#draining = true;
    for (const connection of this.#connections) connection.drain();
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #terminator(contexts: readonly TlsContextSpec[]): TlsTerminator {
    const { sweeper, settings, onTlsFailure, onHandshake } = this.#options;
    return new TlsTerminator(contexts, {
      sweeper,
      handshakeTimeoutMs: () => settings().tlsHandshakeTimeoutMs,
      alpn: () => settings().alpn,
      onSecure: (socket, info) => this.#serve(socket, info.alpn === 'h2' ? 'h2' : 'http/1.1', info),
      onFailure: onTlsFailure ?? ignore,
      onHandshake: onHandshake ?? ignore,
    });
  }

  #accept(socket: net.Socket): void {
    const { gate, keepalive } = this.#options;
    if (gate !== undefined && !gate.tryOpen()) {
      this.#refuse(socket);
      return;
    }
    this.#sockets.add(socket);
    // `close` follows an error and says all that matters.
    socket.on('error', ignore);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      gate?.close();
    });
    if (keepalive !== undefined) socket.setKeepAlive(true, keepalive.timeMs, keepalive.intervalMs, keepalive.retries);
    if (this.#tls === null) this.#sniff(socket);
    else this.#tls.accept(socket);
  }

  /** A client that knows us may speak HTTP/2 at once (RFC 9113 §3.3). */
  #sniff(socket: net.Socket): void {
    const { sweeper, settings } = this.#options;
    const peek = new Peek(socket, sweeper, settings().headTimeoutMs, httpVersionOf, {
      known: (version) => {
        this.#connections.delete(peek);
        this.#serve(socket, version, undefined);
      },
      ended: () => {
        this.#connections.delete(peek);
        socket.destroy();
      },
    });
    this.#connections.add(peek);
    if (this.#draining) peek.drain();
  }

  /** Above the limit: 503 and goodbye. A TLS client is cut off: a handshake would cost more than serving it. */
  #refuse(socket: net.Socket): void {
    socket.on('error', ignore);
    if (this.#tls !== null) {
      socket.resetAndDestroy();
      return;
    }
    const error = new GatewayError('overloaded', 'too many connections', { retryAfter: 1 });
    socket.write(errorResponse(error, this.#context.date.now()), 'latin1');
    new LingeringClose(socket, this.#options.sweeper, false);
  }

  #serve(socket: net.Socket, version: 'http/1.1' | 'h2', tls: TlsInfo | undefined): void {
    const Connection = version === 'h2' ? Http2ServerConnection : ServerConnection;
    const connection = new Connection(socket, connectionInfo(socket, tls), this.#context, this.#onGone);
    this.#connections.add(connection);
    if (version === 'http/1.1') socket.resume();
    if (this.#draining) connection.drain();
  }

  readonly #onGone = (connection: { drain(): void }): void => {
    this.#connections.delete(connection);
  };
}

function ignore(): void {}
