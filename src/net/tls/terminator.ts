import type { Socket } from 'node:net';
import type tls from 'node:tls';
import { monotonicMs } from '../../base/clock.ts';
import { ClientHelloReader, type ClientHello } from '../accept/client-hello.ts';
import { Peek } from '../accept/peek.ts';
import { ServerNames } from '../accept/server-names.ts';
import { tlsInfo } from '../connection-info.ts';
import type { ConnectionInfo, TlsInfo } from '../http/message.ts';
import type { Sweeper, Swept } from '../sweeper.ts';
import type { TlsContextSpec } from './contexts.ts';
import { HostServer, rawSocket } from './host-server.ts';
import type { TicketKeys } from './tickets.ts';

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

/** A handshake that was begun. */
interface Handshake {
  readonly connection: ConnectionInfo;
  readonly startedMs: number;
  /** Until when it may last, in milliseconds of the sweeper. */
  readonly deadline: number;
  /** The server name that was read, and said whose handshake this is; null: it was not looked at. */
  name: string | null;
  /** Its outcome was told. */
  over: boolean;
}

/** The hosts of one listening socket. Immutable: a reload makes a new one. */
interface Hosts {
  readonly names: ServerNames<HostServer>;
  /** By their specification, for the next reload. */
  readonly servers: ReadonlyMap<string, HostServer>;
  /** The one that takes every client, whatever it asks for; else null, and the first message is looked at. */
  readonly only: HostServer | null;
}

/** TLS alert unrecognized_name, fatal, in a record of its own (RFC 8446 §6, RFC 6066 §3). */
const unrecognizedName = Buffer.from([21, 3, 3, 0, 2, 2, 112]);

/** Does the server's part of TLS handshakes on accepted sockets, with certificates that can be swapped. */
export class TlsTerminator implements Swept {
  readonly #options: TlsTerminatorOptions;
  #hosts: Hosts;
  readonly #pending = new Map<Socket, Handshake>();
  /** Also of sockets that are closed: node tells of some failures afterwards. */
  readonly #handshakes = new WeakMap<Socket, Handshake>();

  /** Throws OpenSSL's error for contexts that it cannot use. */
  constructor(specs: readonly TlsContextSpec[], options: TlsTerminatorOptions) {
    this.#options = options;
    this.#hosts = this.#createHosts(specs, new Map());
  }

  /** For handshakes that begin from now on. Throws, and changes nothing, when a context is not usable. */
  update(specs: readonly TlsContextSpec[]): void {
    this.#hosts = this.#createHosts(specs, this.#hosts.servers);
  }

  /** Handshakes under way stay with the server they began on. */
  #createHosts(specs: readonly TlsContextSpec[], before: ReadonlyMap<string, HostServer>): Hosts {
    const names = new ServerNames<HostServer>();
    const servers = new Map<string, HostServer>();
    let only: HostServer | null = null;
    for (const spec of specs) {
      const key = JSON.stringify(spec);
      const server =
        before.get(key) ??
        new HostServer(spec, {
          alpn: this.#options.alpn,
          onSecure: (socket, host) => this.#secured(socket, host),
          onFailure: (reason, socket) => this.#fail(reason, socket),
        });
      servers.set(key, server);
      names.add(spec.hostname, server);
      if (specs.length === 1 && spec.hostname === undefined && spec.tls.mode === undefined) only = server;
    }
    return { names, servers, only };
  }

  /** Begins a handshake on a socket from which nothing was read. @param connection Who is on its other end. */
  accept(socket: Socket, connection: ConnectionInfo): void {
    const { sweeper, handshakeTimeoutMs } = this.#options;
    if (this.#pending.size === 0) sweeper.add(this);
    const deadline = sweeper.deadline(handshakeTimeoutMs());
    const handshake: Handshake = { connection, startedMs: monotonicMs(), deadline, name: null, over: false };
    this.#pending.set(socket, handshake);
    this.#handshakes.set(socket, handshake);
    socket.once('close', () => this.#settle(socket));
    const { only } = this.#hosts;
    if (only === null) this.#readHello(socket);
    else this.#begin(socket, only);
  }

  #readHello(socket: Socket): void {
    const reader = new ClientHelloReader();
    // The handshake's own time limit counts.
    new Peek<ClientHello | 'invalid'>(socket, this.#options.sweeper, 0, (bytes) => reader.read(bytes), {
      known: (hello) => {
        if (hello === 'invalid') this.#refuse(socket, 'not TLS', null);
        else this.#choose(socket, hello.serverName);
      },
      ended: () => this.#refuse(socket, 'the client left during the handshake', null),
    });
    socket.resume();
  }

  /** @param name '' for a client that sent none. */
  #choose(socket: Socket, name: string): void {
    const begun = this.#pending.get(socket);
    if (begun === undefined) return;
    begun.name = name;
    const host = this.#hosts.names.select(name);
    // Without a name there is nothing to mint a certificate for.
    if (host === null || (name === '' && host.spec.tls.mode === 'dynamicCa')) {
      this.#refuse(socket, noCertificateFor(name), unrecognizedName);
    } else this.#begin(socket, host);
  }

  #begin(socket: Socket, host: HostServer): void {
    host.accept(socket, this.#options.ticketKeys?.current() ?? null);
  }

  sweep(now: number): void {
    for (const [socket, { deadline }] of this.#pending) {
      if (now > deadline) this.#refuse(socket, 'the handshake took too long', null);
    }
  }

  #secured(socket: tls.TLSSocket, host: HostServer): void {
    const raw = rawSocket(socket);
    const begun = this.#handshakes.get(raw);
    if (begun === undefined || begun.over) {
      socket.destroy();
      return;
    }
    const info = tlsInfo(socket, host.spec.tls.clientRoots !== undefined);
    if (begun.name !== null && begun.name !== info.serverName) {
      // Whoever could make two readers of the message disagree would choose what is asked of him.
      this.#fail('the server name is not valid', raw);
      socket.destroy();
      return;
    }
    begun.over = true;
    this.#settle(raw);
    this.#options.onHandshake(monotonicMs() - begun.startedMs);
    this.#options.onSecure(socket, { ...begun.connection, tls: info }, info);
  }

  /** @param alert Sent before the connection closes. */
  #refuse(socket: Socket, reason: string, alert: Buffer | null): void {
    this.#fail(reason, socket);
    if (alert === null) socket.destroy();
    else socket.end(alert, () => socket.destroy());
  }

  /** Reports the first failure of a handshake. */
  #fail(reason: string, socket: Socket): void {
    const begun = this.#handshakes.get(socket);
    if (begun === undefined || begun.over) return;
    begun.over = true;
    this.#settle(socket);
    this.#options.onFailure(reason, begun.connection);
  }

  #settle(socket: Socket): void {
    if (this.#pending.delete(socket) && this.#pending.size === 0) this.#options.sweeper.delete(this);
  }
}

function noCertificateFor(name: string): string {
  return name === '' ? 'no server name was sent' : `no certificate for ${JSON.stringify(name)}`;
}
