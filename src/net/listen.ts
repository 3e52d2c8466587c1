import net from 'node:net';
import type { Duplex } from 'node:stream';
import { GatewayError } from '../base/errors.ts';
import type { TcpKeepalive } from '../model/process.ts';
import { PortAcceptor } from './accept/port-acceptor.ts';
import { plainHttp, type PortProtocols } from './accept/protocols.ts';
import type { RawConnection, RawHandler } from './accept/raw-connection.ts';
import { bindAll, closeServer, type BindOptions } from './bind-socket.ts';
import { connectionInfo, plainAddress } from './connection-info.ts';
import { listeningSocket, listenOn, type InheritedSockets, type ListeningSocket } from './inherited-sockets.ts';
import type { InboundHandler } from './http/inbound.ts';
import type { ConnectionInfo } from './http/message.ts';
import { serverContext } from './http1/connection-settings.ts';
import { errorResponse } from './http1/error-response.ts';
import { LingeringClose } from './http1/lingering-close.ts';
import { ServerConnection } from './http1/server-connection.ts';
import { Http2ServerConnection } from './http2/server-session.ts';
import type { ListenerContext, ListenerSettings } from './http2/settings.ts';
import { cutOff } from './relay.ts';
import { asSocket } from './stream-socket.ts';
import type { Sweeper } from './sweeper.ts';
import type { TlsContextSpec } from './tls/contexts.ts';
import { TlsTerminator } from './tls/terminator.ts';
import type { TicketKeys } from './tls/tickets.ts';

/** Counts connections against limits that the whole process shares. */
export interface ConnectionGate {
  /**
   * What to call when the connection closes, where it may be served. Else what it gets for an answer; where it is not plain
   * HTTP, it is cut off.
   */
  tryOpen(): (() => void) | GatewayError;
  /** Who counts the connections of each client; null: nobody does. Asked anew for each connection. */
  clients(): ClientGate | null;
}

/** Counts the connections of each client. */
export interface ClientGate {
  /** One more from `address`. Null: it has as many as it may, and the connection is cut off. Else what to call when it closes. */
  enter(address: string): (() => void) | null;
}

/** What a listener serves, and who hears of what goes wrong. */
export interface ListenerOptions extends BindOptions {
  /** It opens no socket: connections come by {@link ListenerHandle.adopt} only. */
  readonly internal?: true;
  /** Where one of its addresses is covered, nothing is opened before {@link ListenerHandle.begin}. */
  readonly inherited?: InheritedSockets;
  /** Absent: HTTP without TLS. */
  readonly protocols?: PortProtocols;
  /** Asked anew for each request. */
  readonly settings: () => ListenerSettings;
  readonly handler: InboundHandler;
  /** Serves what is no HTTP; absent: such connections close. */
  readonly rawHandler?: RawHandler;
  readonly sweeper: Sweeper;
  /** Of TLS session tickets; shared by all who serve the same clients. */
  readonly ticketKeys?: TicketKeys;
  readonly gate?: ConnectionGate;
  /**
   * Asked about each connection once its other end is known, TLS included, and before anything else is read of it; false
   * cuts it off. Absent: all are served.
   */
  readonly admit?: (connection: ConnectionInfo) => boolean | Promise<boolean>;
  readonly keepalive?: TcpKeepalive;
  /** A request that could not be parsed; it is answered and its connection closed already. */
  readonly onBadRequest?: (error: GatewayError, connection: ConnectionInfo) => void;
  /** A connection whose first bytes are nothing that the port takes, and which closes; `reason` is for the log. */
  readonly onRefused?: (reason: string, connection: ConnectionInfo) => void;
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
  /** The sockets of the addresses, to be passed on. */
  readonly sockets: readonly ListeningSocket[];
  /**
   * Listens on what was left for now, because someone else may be serving there still: inherited sockets before it returns,
   * others before it resolves. Rejects with the system's error.
   */
  begin(): Promise<void>;
  /** Serves `stream` as a new connection of who `connection` says; a PROXY header is not expected again. */
  adopt(stream: Duplex, connection: ConnectionInfo): void;
  /** For requests that begin from now on. */
  setHandler(handler: InboundHandler): void;
  /**
   * Protocols and certificates for connections that begin from now on. Throws, and changes nothing, when a certificate is
   * not usable. Where TLS begins or ends, or HTTP does, connections of before close as in {@link drain}.
   */
  update(protocols: PortProtocols): void;
  /** Resolves when the port is free. Connections stay. */
  stopAccepting(): Promise<void>;
  /** Connections close with the response under way, and those without a request after a moment. */
  drain(): void;
  /** Closes everything at once. */
  destroyAll(): void;
}

/** The most connections that are told politely that they are too many; in a flood the others are cut off. */
const MOST_REFUSED = 256;

/** Listens on all addresses. Rejects with the system's error (`EADDRINUSE` …) or OpenSSL's. */
export async function openListener(options: ListenerOptions): Promise<ListenerHandle> {
  const listener = new Listener(options);
  await listener.open();
  return listener;
}

class Listener implements ListenerHandle {
  readonly #options: ListenerOptions;
  readonly #context: ListenerContext;
  readonly #acceptor: PortAcceptor;
  readonly #sockets = new Set<net.Socket>();
  readonly #connections = new Set<{ drain(): void }>();
  #servers: readonly net.Server[] = [];
  #late = false;
  #handler: InboundHandler;
  #draining = false;
  /** Connections that were told that they are too many, and have not closed. */
  #refused = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#handler = options.handler;
    const { sweeper, settings, onBadRequest = ignore } = options;
    this.#context = { ...serverContext({ sweeper, settings, handler: () => this.#handler, onBadRequest }), settings };
    this.#acceptor = new PortAcceptor(options.protocols ?? plainHttp, {
      sweeper,
      settings,
      stages: this.#connections,
      draining: () => this.#draining,
      isWelcome: this.#isWelcome,
      onHttp: (socket, version, info) => this.#serve(socket, version, info ?? connectionInfo(socket)),
      onRaw: (raw) => this.#admitted(raw.socket, raw.connection, () => this.#serveRaw(raw)),
      onRefused: options.onRefused ?? ignore,
      terminator: (contexts, inside) => this.#terminator(contexts, inside),
    });
  }

  async open(): Promise<void> {
    const { internal, inherited, port } = this.#options;
    if (internal === true) return;
    this.#late = hostsOf(this.#options).some((host) => inherited?.covers(host, port));
    if (!this.#late) this.#servers = await bindAll(this.#options, this.#create);
  }

  async begin(): Promise<void> {
    if (!this.#late) return;
    this.#late = false;
    const { inherited, port } = this.#options;
    const rest = hostsOf(this.#options).filter((host) => {
      const fds = inherited?.take(host, port) ?? [];
      this.#servers = [...this.#servers, ...fds.map((fd) => listenOn(this.#create(), fd))];
      return fds.length === 0;
    });
    if (rest.length === 0) return;
    const addresses = rest.filter((host) => host !== undefined);
    this.#servers = [...this.#servers, ...(await bindAll({ ...this.#options, addresses }, this.#create))];
  }

  get addresses(): readonly { readonly address: string; readonly port: number }[] {
    return this.#servers.flatMap((server) => {
      const address = server.address();
      if (address === null) return [];
      if (typeof address === 'string') return { address: `unix:${address}`, port: 0 };
      return { address: address.address, port: address.port };
    });
  }

  get port(): number {
    return this.addresses[0]?.port ?? 0;
  }

  get sockets(): readonly ListeningSocket[] {
    return this.#servers.map(listeningSocket).filter((socket) => socket !== undefined);
  }

  get connections(): number {
    return this.#sockets.size;
  }

  adopt(stream: Duplex, connection: ConnectionInfo): void {
    const socket = asSocket(stream);
    if (!this.#isWelcome(socket, connection)) return;
    const leave = this.#options.gate?.tryOpen() ?? null;
    if (leave instanceof GatewayError) {
      socket.destroy();
      return;
    }
    this.#hold(socket, leave);
    this.#acceptor.enter(socket, connection);
  }

  setHandler(handler: InboundHandler): void {
    this.#handler = handler;
  }

  update(protocols: PortProtocols): void {
    if (this.#acceptor.update(protocols)) return;
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

  #terminator(contexts: readonly TlsContextSpec[], inside: 'http' | 'raw'): TlsTerminator {
    const { sweeper, settings, ticketKeys, onTlsFailure, onHandshake } = this.#options;
    return new TlsTerminator(contexts, {
      sweeper,
      handshakeTimeoutMs: () => settings().tlsHandshakeTimeoutMs,
      alpn: inside === 'raw' ? null : () => settings().alpn,
      ...(ticketKeys === undefined ? {} : { ticketKeys }),
      onSecure: (socket, connection, tls) => {
        if (inside === 'http') this.#serve(socket, tls.alpn === 'h2' ? 'h2' : 'http/1.1', connection);
        else {
          const raw = { socket, connection, serverName: tls.serverName, protocol: 'tls' } as const;
          this.#admitted(socket, connection, () => this.#serveRaw(raw));
        }
      },
      onFailure: onTlsFailure ?? ignore,
      onHandshake: onHandshake ?? ignore,
    });
  }

  readonly #create = (): net.Server =>
    net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));

  #accept(socket: net.Socket): void {
    const { gate, keepalive } = this.#options;
    // Before anything that its client shares with others is taken.
    if (!this.#acceptor.readsAddresses && !this.#isWelcome(socket, null)) return;
    const leave = gate?.tryOpen() ?? null;
    if (leave instanceof GatewayError) {
      this.#refuse(socket, leave);
      return;
    }
    this.#hold(socket, leave);
    if (keepalive !== undefined) socket.setKeepAlive(true, keepalive.timeMs, keepalive.intervalMs, keepalive.retries);
    this.#acceptor.accept(socket);
  }

  /** Counts it for its client; one too many is cut off. @param info Null: as the socket says. */
  readonly #isWelcome = (socket: net.Socket, info: ConnectionInfo | null): boolean => {
    const clients = this.#options.gate?.clients() ?? null;
    if (clients === null) return true;
    const address = info === null ? plainAddress(socket.remoteAddress) : info.remoteAddress;
    // It is gone already.
    if (address === '') return true;
    const leave = clients.enter(address);
    if (leave !== null) {
      socket.once('close', leave);
      return true;
    }
    socket.on('error', ignore);
    cutOff(socket);
    return false;
  };

  /** Holds it until it closes. @param leave Of the gate that let it in; null: there is none. */
  #hold(socket: net.Socket, leave: (() => void) | null): void {
    this.#sockets.add(socket);
    // `close` follows an error and says all that matters.
    socket.on('error', ignore);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      leave?.();
    });
  }

  /** One too many: 503 and goodbye. Where there is no HTTP in plain sight, it is cut off: a handshake would cost more than serving it. */
  #refuse(socket: net.Socket, error: GatewayError): void {
    socket.on('error', ignore);
    if (!this.#acceptor.answersPlainly || this.#refused === MOST_REFUSED) {
      socket.resetAndDestroy();
      return;
    }
    this.#refused += 1;
    socket.once('close', () => (this.#refused -= 1));
    socket.write(errorResponse(error, this.#context.date.now()), 'latin1');
    new LingeringClose(socket, this.#options.sweeper, false);
  }

  /** Goes on with a connection that may be served. */
  #admitted(socket: net.Socket, info: ConnectionInfo, serve: () => void): void {
    const verdict = this.#options.admit?.(info) ?? true;
    if (verdict === true) return serve();
    if (verdict === false) return this.#cutOff(socket, info);
    verdict
      .then((admitted) => {
        if (socket.destroyed) return;
        if (admitted) serve();
        else this.#cutOff(socket, info);
      })
      .catch(() => this.#cutOff(socket, info));
    return undefined;
  }

  #cutOff(socket: net.Socket, info: ConnectionInfo): void {
    this.#options.onRefused?.('not admitted', info);
    cutOff(socket);
  }

  #serve(socket: net.Socket, version: 'http/1.1' | 'h2', info: ConnectionInfo): void {
    this.#admitted(socket, info, () => this.#serveHttp(socket, version, info));
  }

  #serveHttp(socket: net.Socket, version: 'http/1.1' | 'h2', info: ConnectionInfo): void {
    const Connection = version === 'h2' ? Http2ServerConnection : ServerConnection;
    const connection = new Connection(socket, info, this.#context, this.#onGone);
    this.#connections.add(connection);
    if (version === 'http/1.1') socket.resume();
    if (this.#draining) connection.drain();
  }

  #serveRaw(raw: RawConnection): void {
    const { rawHandler } = this.#options;
    if (rawHandler === undefined) {
      raw.socket.destroy();
      return;
    }
    const connection = rawHandler(raw);
    this.#connections.add(connection);
    raw.socket.once('close', () => this.#connections.delete(connection));
    if (this.#draining) connection.drain();
  }

  readonly #onGone = (connection: { drain(): void }): void => {
    this.#connections.delete(connection);
  };
}

/** Undefined: all of this machine. */
function hostsOf({ addresses, unixPath }: BindOptions): readonly (string | undefined)[] {
  if (unixPath !== undefined) return [];
  return addresses.length === 0 ? [undefined] : addresses;
}

function ignore(): void {}
