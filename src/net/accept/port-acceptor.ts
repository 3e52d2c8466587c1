import type { Socket } from 'node:net';
import { connectionInfo } from '../connection-info.ts';
import type { ConnectionInfo } from '../http/message.ts';
import type { ListenerSettings } from '../http2/settings.ts';
import type { Sweeper } from '../sweeper.ts';
import type { TlsContextSpec } from '../tls/contexts.ts';
import type { TlsTerminator } from '../tls/terminator.ts';
import { ClientHelloReader, type ClientHello } from './client-hello.ts';
import { Peek, type Decide } from './peek.ts';
import { httpVersionOf } from './preface.ts';
import type { PortProtocols, TlsPort } from './protocols.ts';
import { readProxyHeader, type ProxiedAddresses, type ProxyProtocolSettings } from './proxy-protocol.ts';
import type { RawConnection } from './raw-connection.ts';
import { ServerNames } from './server-names.ts';

/** Who goes on with a connection once its first bytes have said what it is. */
export interface AcceptPorts {
  readonly sweeper: Sweeper;
  readonly settings: () => ListenerSettings;
  /** Looks at first bytes; they hear when the listener is to end. */
  readonly stages: Set<{ drain(): void }>;
  /** True: stages that begin now end at once. */
  readonly draining: () => boolean;
  /** Asked once a PROXY header has said whose connection it is; false: it was cut off. */
  readonly isWelcome: (socket: Socket, info: ConnectionInfo) => boolean;
  /** @param info Null: as the socket says. */
  readonly onHttp: (socket: Socket, version: 'http/1.1' | 'h2', info: ConnectionInfo | null) => void;
  readonly onRaw: (raw: RawConnection) => void;
  /** What came first is nothing that this port takes; `reason` is for the log. */
  readonly onRefused: (reason: string, connection: ConnectionInfo) => void;
  /** Ends TLS for HTTP, or for what is passed on. */
  readonly terminator: (contexts: readonly TlsContextSpec[], inside: 'http' | 'raw') => TlsTerminator;
}

/** What becomes of a TLS client by the name that it asks for. */
type TlsUse = 'https' | 'raw' | 'passThrough';

/**
 * The way of a connection from its socket to who serves it: PROXY header, TLS, HTTP version, of which a port has only what
 * its protocols need. Bytes that do not fit close the connection.
 */
export class PortAcceptor {
  readonly #ports: AcceptPorts;
  #protocols: PortProtocols;
  #https: TlsTerminator | null = null;
  #raw: TlsTerminator | null = null;
  /** Null: every name has the same use, so nobody needs to look. */
  #names: ServerNames<TlsUse> | null = null;

  /** Throws OpenSSL's error for certificates that it cannot use. */
  constructor(protocols: PortProtocols, ports: AcceptPorts) {
    this.#ports = ports;
    this.#protocols = protocols;
    if (protocols.security === 'tls') this.#secure(protocols);
  }

  /** Speaks TLS: who is too many is cut off, not answered. */
  get answersPlainly(): boolean {
    return this.#protocols.security === 'plain' && this.#protocols.inside === 'http';
  }

  /** Connections say by a PROXY header whose they are. */
  get readsAddresses(): boolean {
    return this.#protocols.proxyProtocol !== undefined;
  }

  /**
   * For connections that begin from now on. False: those of before speak something else, and should end. Throws, and
   * changes nothing, when a certificate is not usable.
   */
  update(protocols: PortProtocols): boolean {
    const before = this.#protocols;
    if (protocols.security === 'tls') this.#secure(protocols);
    else this.#https = this.#raw = this.#names = null;
    this.#protocols = protocols;
    if (before.security !== protocols.security) return false;
    return before.security === 'tls' || protocols.security === 'tls' || before.inside === protocols.inside;
  }

  /** Takes a socket from which nothing was read. */
  accept(socket: Socket): void {
    const { proxyProtocol } = this.#protocols;
    if (proxyProtocol === undefined) this.#begin(socket, null);
    else this.#readProxyHeader(socket, proxyProtocol);
  }

  /** Takes one of whose other end `info` is known. */
  enter(socket: Socket, info: ConnectionInfo): void {
    this.#begin(socket, info);
  }

  /** @param info Null: as the socket says. */
  #begin(socket: Socket, info: ConnectionInfo | null): void {
    if (this.#protocols.security === 'plain') {
      if (this.#protocols.inside === 'http') this.#sniffHttp(socket, info);
      else this.#ports.onRaw({ socket, connection: info ?? connectionInfo(socket), serverName: '', protocol: 'tcp' });
    } else if (this.#names === null) this.#terminate(socket, info ?? connectionInfo(socket), '');
    else this.#readHello(socket, info ?? connectionInfo(socket), this.#names);
  }

  #readProxyHeader(socket: Socket, settings: ProxyProtocolSettings): void {
    const { headTimeoutMs } = this.#ports.settings();
    const raw = connectionInfo(socket);
    this.#peek(socket, headTimeoutMs, (bytes) => readProxyHeader(bytes, settings), {
      known: (header) => {
        if (header === 'invalid') {
          this.#refuse(socket, 'no valid PROXY header', raw);
          return;
        }
        const info = header.addresses === null ? raw : proxied(header.addresses, raw);
        if (this.#ports.isWelcome(socket, info)) this.#begin(socket, info);
      },
      taken: (header) => (header === 'invalid' ? 0 : header.length),
    });
  }

  /** A client that knows us may speak HTTP/2 at once (RFC 9113 §3.3). */
  #sniffHttp(socket: Socket, info: ConnectionInfo | null): void {
    const { headTimeoutMs } = this.#ports.settings();
    this.#peek(socket, headTimeoutMs, httpVersionOf, {
      known: (version) => this.#ports.onHttp(socket, version, info),
    });
  }

  #readHello(socket: Socket, info: ConnectionInfo, names: ServerNames<TlsUse>): void {
    const { tlsHandshakeTimeoutMs } = this.#ports.settings();
    const reader = new ClientHelloReader();
    this.#peek<ClientHello | 'invalid'>(socket, tlsHandshakeTimeoutMs, (bytes) => reader.read(bytes), {
      known: (hello) => {
        if (hello === 'invalid') {
          this.#refuse(socket, 'not TLS', info);
          return;
        }
        const { serverName } = hello;
        const use = names.select(serverName);
        if (use === 'passThrough' || (use === null && this.#https === null && this.#raw === null)) {
          this.#ports.onRaw({ socket, connection: info, serverName, protocol: 'tls' });
        } else this.#terminate(socket, info, use ?? '');
      },
    });
  }

  /** For a name that nobody has, whoever ends TLS says so in the handshake. */
  #terminate(socket: Socket, info: ConnectionInfo, use: TlsUse | ''): void {
    const terminator = use === 'raw' ? this.#raw : (this.#https ?? this.#raw);
    if (terminator === null) this.#refuse(socket, 'no certificate', info);
    else terminator.accept(socket, info);
  }

  #peek<T>(
    socket: Socket,
    timeoutMs: number,
    decide: Decide<T>,
    { known, taken }: { known: (known: T) => void; taken?: (known: T) => number },
  ): void {
    const { stages, sweeper, draining } = this.#ports;
    const peek = new Peek<T>(socket, sweeper, timeoutMs, decide, {
      known: (value) => {
        stages.delete(peek);
        known(value);
      },
      ended: () => {
        stages.delete(peek);
        socket.destroy();
      },
      ...(taken === undefined ? {} : { taken }),
    });
    stages.add(peek);
    // A stage before this one may have left bytes, and paused.
    socket.resume();
    if (draining()) peek.drain();
  }

  #refuse(socket: Socket, reason: string, info: ConnectionInfo): void {
    this.#ports.onRefused(reason, info);
    socket.destroy();
  }

  #secure({ https, raw, passThrough }: TlsPort): void {
    const { terminator } = this.#ports;
    // Made before anything changes: what is wrong with the second must not leave the first changed.
    const nextRaw = raw.length === 0 ? null : terminator(raw, 'raw');
    if (https.length === 0) this.#https = null;
    else if (this.#https === null) this.#https = terminator(https, 'http');
    else this.#https.update(https);
    this.#raw = nextRaw;
    const names = new ServerNames<TlsUse>();
    for (const { hostname } of https) names.add(hostname, 'https');
    for (const { hostname } of raw) names.add(hostname, 'raw');
    for (const hostname of passThrough) names.add(hostname, 'passThrough');
    const uses = [https, raw, passThrough].filter((list) => list.length > 0).length;
    this.#names = uses > 1 || passThrough.length > 0 ? names : null;
  }
}

function proxied(addresses: ProxiedAddresses, raw: ConnectionInfo): ConnectionInfo {
  return { ...addresses, raw: { address: raw.remoteAddress, port: raw.remotePort } };
}
