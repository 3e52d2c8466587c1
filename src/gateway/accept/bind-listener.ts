import { GatewayError } from '../../base/errors.ts';
import type { InheritedSockets } from '../../net/inherited-sockets.ts';
import { openListener, type ConnectionGate, type ListenerHandle } from '../../net/listen.ts';
import type { Inbound } from '../../net/http/inbound.ts';
import { ResponseHead } from '../../net/http/message.ts';
import type { Sweeper } from '../../net/sweeper.ts';
import type { TicketKeys } from '../../net/tls/tickets.ts';
import type { Logger } from '../../base/logger.ts';
import { cutOff } from '../../net/relay.ts';
import { TcpConnection } from '../tcp/tcp-connection.ts';
import { errorReply } from '../rescue.ts';
import { serve } from '../serve.ts';
import type { OverloadGuard } from './overload.ts';
import type { EnterBind } from '../tunnel/enter.ts';
import type { CompiledBind, Snapshot } from '../snapshot/snapshot.ts';

/** What an open bind needs of its data plane. */
export interface BindPorts {
  readonly sweeper: Sweeper;
  readonly log: Logger;
  readonly ticketKeys: TicketKeys;
  /** Other workers listen on the same port. */
  readonly reusePort: boolean;
  /** Absent: there is no one before this process. */
  readonly inherited?: InheritedSockets;
  readonly enter: EnterBind;
  readonly overload: OverloadGuard;
  /** The snapshot that new requests begin on; null before the first. */
  current(): Snapshot | null;
}

/** The sockets of one bind. They stay while the bind stays; what they serve is the current snapshot's. */
export class BindListener {
  readonly key: string;
  /** Without a socket. */
  readonly internal: boolean;
  readonly handle: ListenerHandle;
  readonly #raws: ReadonlySet<TcpConnection>;

  private constructor(bind: CompiledBind, handle: ListenerHandle, raws: ReadonlySet<TcpConnection>) {
    this.key = bind.key;
    this.internal = bind.internal;
    this.handle = handle;
    this.#raws = raws;
  }

  /** Opens the sockets of `bind`. Rejects with the system's error or OpenSSL's. */
  static async open(
    bind: CompiledBind,
    addresses: readonly string[],
    keepaliveMs: number,
    ports: BindPorts,
  ): Promise<BindListener> {
    const raws = new Set<TcpConnection>();
    const now = (): CompiledBind => ports.current()?.binds.get(bind.key) ?? bind;
    const handle = await openListener({
      addresses,
      port: bind.port,
      ...(bind.internal ? { internal: true } : {}),
      reusePort: ports.reusePort,
      ...(ports.inherited === undefined ? {} : { inherited: ports.inherited }),
      ticketKeys: ports.ticketKeys,
      sweeper: ports.sweeper,
      settings: () => now().frontend,
      handler(inbound) {
        const snapshot = ports.current();
        const current = snapshot?.binds.get(bind.key);
        if (snapshot === null || current === undefined) refuse(bind, inbound, notInService());
        else if (ports.overload.share > 0 && ports.overload.refuses()) shed(current, inbound, ports.overload);
        else serve(snapshot, current, inbound, ports.enter);
      },
      gate: connectionGate(now, ports.overload),
      admit: (connection) => now().admits?.(connection) ?? true,
      onBadRequest: (error, connection) => now().recorder.refused(error, connection),
      onRefused: (reason, connection) =>
        ports.log.debug('a connection was refused', { bind: bind.key, client: connection.remoteAddress, reason }),
      onTlsFailure: (reason, connection) =>
        ports.log.debug('a TLS handshake failed', { bind: bind.key, client: connection.remoteAddress, reason }),
      onHandshake: (ms) => now().recorder.handshake(ms),
      protocols: bind.protocols,
      rawHandler(raw) {
        const tcp = ports.current()?.binds.get(bind.key)?.tcp ?? null;
        if (tcp === null) {
          cutOff(raw.socket);
          return { drain: () => undefined };
        }
        const connection = new TcpConnection(raw, tcp, ports.sweeper, (ended) => raws.delete(ended));
        raws.add(connection);
        return connection;
      },
      ...(keepaliveMs === 0 ? {} : { keepalive: { timeMs: keepaliveMs, intervalMs: keepaliveMs, retries: 9 } }),
    });
    return new BindListener(bind, handle, raws);
  }

  /** What the bind is from now on; raw connections of a listener that is gone have some time left. */
  update(bind: CompiledBind): void {
    this.handle.update(bind.protocols);
    for (const raw of this.#raws) if (bind.tcp === null || !bind.tcp.keys.has(raw.listenerKey)) raw.drain();
  }
}

/** For a request that arrives before its bind is in force or after it has gone: the client can try again. */
function notInService(): GatewayError {
  return new GatewayError('draining', 'this listener is not in service', { retryAfter: 1 });
}

/** Refuses a request before anything is done for it. */
function shed(bind: CompiledBind, inbound: Inbound, overload: OverloadGuard): void {
  bind.recorder.limited('overload');
  refuse(bind, inbound, tooMuch(overload));
}

function tooMuch({ retryAfter }: OverloadGuard): GatewayError {
  return new GatewayError('overloaded', 'the gateway has too much to do', { retryAfter });
}

/** Answers a request without an exchange. */
function refuse(bind: CompiledBind, inbound: Inbound, error: GatewayError): void {
  bind.recorder.refused(error, inbound.connection);
  const { status, headers, body } = errorReply(error, 'gateway');
  const bytes = Buffer.from(body);
  inbound.respond(new ResponseHead(status, headers, bytes.byteLength), 'payload');
  inbound.write(bytes);
  inbound.end(null);
}

/** Counts connections, and refuses those above the bind's limits, and a part of all while the worker has too much to do. */
function connectionGate(now: () => CompiledBind, overload: OverloadGuard): ConnectionGate {
  return {
    tryOpen() {
      const { connections, recorder } = now();
      if (overload.share > 0 && overload.refusesConnection()) {
        recorder.limited('overload');
        return tooMuch(overload);
      }
      if (connections !== null && !connections.tryAcquire()) {
        recorder.limited('connections');
        return new GatewayError('overloaded', 'too many connections', { retryAfter: 1 });
      }
      recorder.opened();
      return () => {
        // A reload may set or lift the limit: each connection gives back to the one that it was counted by.
        connections?.release();
        now().recorder.closed();
      };
    },
    clients: () => now().clients,
  };
}
