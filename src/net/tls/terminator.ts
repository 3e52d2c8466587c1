import type { Socket } from 'node:net';
import tls from 'node:tls';
import { monotonicMs } from '../../base/clock.ts';
import { tlsInfo } from '../connection-info.ts';
import type { ConnectionInfo, TlsInfo } from '../http/message.ts';
import type { Sweeper, Swept } from '../sweeper.ts';
import type { TicketKeys } from './tickets.ts';
import { handshakeFault, TlsContexts, type TlsContextSpec } from './contexts.ts';

/** What a {@link TlsTerminator} needs of its listener. `onSecure` or `onFailure` follows each handshake. */
export interface TlsTerminatorOptions {
  readonly sweeper: Sweeper;
  readonly handshakeTimeoutMs: () => number;
  /** Protocols that are spoken inside, the preferred first (RFC 7301); null: what clients offer is not looked at. */
  readonly alpn: (() => readonly string[]) | null;
  /** Of session tickets; they may change from one handshake to the next. Absent: this terminator's own. */
  readonly ticketKeys?: TicketKeys;
  /** `connection` is what {@link TlsTerminator.accept} got, with `tls`. */
  readonly onSecure: (socket: tls.TLSSocket, connection: ConnectionInfo, tls: TlsInfo) => void;
  readonly onFailure: (reason: string, connection: ConnectionInfo) => void;
  /** Milliseconds that a handshake took which ended well. */
  readonly onHandshake: (ms: number) => void;
}

/** Does the server's part of TLS handshakes on accepted sockets, with certificates that can be swapped. */
export class TlsTerminator implements Swept {
  readonly #options: TlsTerminatorOptions;
  #server: tls.Server;
  #ticketKey: Buffer | null = null;
  /** Sockets that are shaking hands: since when, and until when they may, in monotonic milliseconds. */
  readonly #pending = new Map<Socket, { readonly startedMs: number; readonly deadline: number }>();
  readonly #expired = new WeakSet<Socket>();
  /** Who is on the other end, also of sockets that are closed. */
  readonly #connections = new WeakMap<Socket, ConnectionInfo>();

  /** Throws OpenSSL's error for contexts that it cannot use. */
  constructor(specs: readonly TlsContextSpec[], options: TlsTerminatorOptions) {
    this.#options = options;
    this.#server = this.#createServer(new TlsContexts(specs));
  }

  /** For handshakes that begin from now on. Throws, and changes nothing, when a context is not usable. */
  update(specs: readonly TlsContextSpec[]): void {
    this.#server = this.#createServer(new TlsContexts(specs));
    this.#ticketKey = null;
  }

  /** It never listens: sockets come through `accept`. Handshakes under way stay with the server they began on. */
  #createServer(contexts: TlsContexts): tls.Server {
    const { alpn } = this.#options;
    const server = tls.createServer({
      ...contexts.serverOptions,
      // Called for clients that offer protocols; without a common one their handshake fails (RFC 7301 §3.2).
      ...(alpn === null ? {} : { ALPNCallback: choosing(alpn) }),
      // Asked of every client if any host wants it, since SNI comes too late for node; checked by host afterwards.
      requestCert: contexts.requestsCertificate,
      rejectUnauthorized: false,
      SNICallback: (name, done) => {
        const context = contexts.select(name.toLowerCase());
        if (context === null) done(new Error(`no certificate for ${JSON.stringify(name)}`));
        else done(null, context.secure);
      },
    });
    server.on('secureConnection', (socket) => this.#secured(socket, contexts));
    server.on('tlsClientError', (error, socket) => {
      // One that took too long was reported already.
      if (!this.#expired.has(rawSocket(socket))) this.#fail(error.message, rawSocket(socket));
      socket.destroy();
    });
    return server;
  }

  /** Begins a handshake on a socket from which nothing was read. @param connection Who is on its other end. */
  accept(socket: Socket, connection: ConnectionInfo): void {
    const { sweeper, handshakeTimeoutMs } = this.#options;
    if (this.#pending.size === 0) sweeper.add(this);
    this.#pending.set(socket, { startedMs: monotonicMs(), deadline: sweeper.deadline(handshakeTimeoutMs()) });
    this.#connections.set(socket, connection);
    const settled = (): void => this.#settle(socket);
    socket.once('close', settled);
    this.#rotateTickets();
    this.#server.emit('connection', socket);
  }

  #rotateTickets(): void {
    const key = this.#options.ticketKeys?.current() ?? null;
    if (key === this.#ticketKey || key === null) return;
    this.#ticketKey = key;
    this.#server.setTicketKeys(key);
  }

  sweep(now: number): void {
    for (const [socket, { deadline }] of this.#pending) {
      if (now <= deadline) continue;
      this.#fail('the handshake took too long', socket);
      this.#settle(socket);
      this.#expired.add(socket);
      socket.destroy();
    }
  }

  #secured(socket: tls.TLSSocket, contexts: TlsContexts): void {
    const begun = this.#pending.get(rawSocket(socket));
    this.#settle(rawSocket(socket));
    if (begun !== undefined) this.#options.onHandshake(monotonicMs() - begun.startedMs);
    const name = typeof socket.servername === 'string' ? socket.servername.toLowerCase() : '';
    const context = contexts.select(name);
    const fault = context === null ? 'no server name was sent' : handshakeFault(socket, context);
    if (fault !== null || context === null) {
      this.#fail(fault ?? '', rawSocket(socket));
      socket.destroy();
      return;
    }
    const info = tlsInfo(socket, context.spec.tls.clientRoots !== undefined);
    const connection = this.#connections.get(rawSocket(socket));
    if (connection !== undefined) this.#options.onSecure(socket, { ...connection, tls: info }, info);
  }

  #fail(reason: string, socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection !== undefined) this.#options.onFailure(reason, connection);
  }

  #settle(socket: Socket): void {
    if (this.#pending.delete(socket) && this.#pending.size === 0) this.#options.sweeper.delete(this);
  }
}

/** The first of ours that the client offers, too. */
function choosing(alpn: () => readonly string[]): NonNullable<tls.TlsOptions['ALPNCallback']> {
  return ({ protocols }) => alpn().find((protocol) => protocols.includes(protocol));
}

/** The TCP socket under a TLS socket; node keeps it there, undocumented. */
function rawSocket(socket: tls.TLSSocket): Socket {
  return (socket as unknown as { readonly _parent: Socket })._parent;
}
