import type { Socket } from 'node:net';
import tls from 'node:tls';
import { monotonicMs } from '../base/clock.ts';
import { connectionInfo, tlsInfo } from './connection-info.ts';
import type { ConnectionInfo, TlsInfo } from './http/message.ts';
import type { Sweeper, Swept } from './sweeper.ts';
import { handshakeFault, TlsContexts, type TlsContextSpec } from './tls-contexts.ts';

/** What a {@link TlsTerminator} needs of its listener. `onSecure` or `onFailure` follows each handshake. */
export interface TlsTerminatorOptions {
  readonly sweeper: Sweeper;
  readonly handshakeTimeoutMs: () => number;
  /** Protocols that are spoken inside, the preferred first (RFC 7301). */
  readonly alpn: () => readonly string[];
  readonly onSecure: (socket: tls.TLSSocket, info: TlsInfo) => void;
  readonly onFailure: (reason: string, connection: ConnectionInfo) => void;
  /** Milliseconds that a handshake took which ended well. */
  readonly onHandshake: (ms: number) => void;
}

/** Does the server's part of TLS handshakes on accepted sockets, with certificates that can be swapped. */
export class TlsTerminator implements Swept {
  readonly #options: TlsTerminatorOptions;
  #server: tls.Server;
  /** Sockets that are shaking hands: since when, and until when they may, in monotonic milliseconds. */
  readonly #pending = new Map<Socket, { readonly startedMs: number; readonly deadline: number }>();
  readonly #expired = new WeakSet<Socket>();

  /** Throws OpenSSL's error for contexts that it cannot use. */
  constructor(specs: readonly TlsContextSpec[], options: TlsTerminatorOptions) {
    this.#options = options;
    this.#server = this.#createServer(new TlsContexts(specs));
  }

  /** For handshakes that begin from now on. Throws, and changes nothing, when a context is not usable. */
  update(specs: readonly TlsContextSpec[]): void {
    this.#server = this.#createServer(new TlsContexts(specs));
  }

  /** It never listens: sockets come through `accept`. Handshakes under way stay with the server they began on. */
  #createServer(contexts: TlsContexts): tls.Server {
    const server = tls.createServer({
      ...contexts.serverOptions,
      // Called for clients that offer protocols; without a common one their handshake fails (RFC 7301 §3.2).
      ALPNCallback: ({ protocols }) => this.#options.alpn().find((protocol) => protocols.includes(protocol)),
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
      if (!this.#expired.has(rawSocket(socket))) this.#options.onFailure(error.message, connectionInfo(socket));
      socket.destroy();
    });
    return server;
  }

  /** Begins a handshake on a socket from which nothing was read. */
  accept(socket: Socket): void {
    const { sweeper, handshakeTimeoutMs } = this.#options;
    if (this.#pending.size === 0) sweeper.add(this);
    this.#pending.set(socket, { startedMs: monotonicMs(), deadline: sweeper.deadline(handshakeTimeoutMs()) });
    const settled = (): void => this.#settle(socket);
    socket.once('close', settled);
    this.#server.emit('connection', socket);
  }

  sweep(now: number): void {
    for (const [socket, { deadline }] of this.#pending) {
      if (now <= deadline) continue;
      this.#options.onFailure('the handshake took too long', connectionInfo(socket));
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
      this.#options.onFailure(fault ?? '', connectionInfo(socket));
      socket.destroy();
      return;
    }
    this.#options.onSecure(socket, tlsInfo(socket, context.spec.tls.clientRoots !== undefined));
  }

  #settle(socket: Socket): void {
    if (this.#pending.delete(socket) && this.#pending.size === 0) this.#options.sweeper.delete(this);
  }
}

/** The TCP socket under a TLS socket; node keeps it there, undocumented. */
function rawSocket(socket: tls.TLSSocket): Socket {
  return (socket as unknown as { readonly _parent: Socket })._parent;
}
