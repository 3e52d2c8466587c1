import type { Socket } from 'node:net';
import { monotonicMs, wallMs } from '../../base/clock.ts';
import { GatewayError, toGatewayError } from '../../base/errors.ts';
import type { RawConnection } from '../../net/accept/raw-connection.ts';
import { cutOff, joinStreams, type RelayCounts, type RelayFailure } from '../../net/relay.ts';
import type { Sweeper, Swept } from '../../net/sweeper.ts';
import { explained } from '../record/exchange-record.ts';
import { ConnectionAttributes } from './connection-attributes.ts';
import type { CompiledTcp } from './tcp-bind.ts';

/** One raw connection on its way to a backend: routed, connected, and passed on until both sides have ended. */
export class TcpConnection implements Swept {
  readonly #raw: RawConnection;
  readonly #tcp: CompiledTcp;
  readonly #sweeper: Sweeper;
  readonly #attributes: ConnectionAttributes;
  readonly #startedMs: number = monotonicMs();
  readonly #onEnd: (connection: TcpConnection) => void;
  #cancelDial: (() => void) | null = null;
  #upstream: Socket | null = null;
  #counts: RelayCounts = { forward: 0, backward: 0 };
  /** What of the counts is in the metrics. */
  #reported: RelayCounts = { forward: 0, backward: 0 };
  #idleDeadline = Number.POSITIVE_INFINITY;
  #drainDeadline: number | null = null;
  #endpoint = '';
  #failure: GatewayError | null = null;
  #ended = false;

  /** Begins at once. @param onEnd Called once, later, when all is closed and recorded. */
  constructor(raw: RawConnection, tcp: CompiledTcp, sweeper: Sweeper, onEnd: (connection: TcpConnection) => void) {
    this.#raw = raw;
    this.#tcp = tcp;
    this.#sweeper = sweeper;
    this.#onEnd = onEnd;
    this.#attributes = new ConnectionAttributes(raw, tcp);
    sweeper.add(this);
    raw.socket.on('error', ignoreError);
    if (raw.socket.closed) process.nextTick(() => this.#clientClosed());
    else raw.socket.once('close', () => this.#clientClosed());
    try {
      this.#route();
      this.#connect();
    } catch (error) {
      this.#fail(toGatewayError(error));
    }
  }

  /** Key of the listener that took it; '' when none did. */
  get listenerKey(): string {
    return this.#attributes.listener?.key ?? '';
  }

  /** Bytes may pass for the time that a shutdown leaves: nobody can tell where the protocol inside is at a good end. */
  drain(): void {
    if (this.#drainDeadline !== null) return;
    const { drainDeadlineMs } = this.#tcp;
    this.#drainDeadline = drainDeadlineMs === 0 ? this.#sweeper.now : this.#sweeper.deadline(drainDeadlineMs);
  }

  sweep(now: number): void {
    const { idleTimeoutMs } = this.#tcp;
    if (this.#report()) this.#idleDeadline = this.#sweeper.deadline(idleTimeoutMs);
    if (this.#drainDeadline !== null && now > this.#drainDeadline) {
      this.#fail(new GatewayError('draining', 'the listener has ended'));
    } else if (now > this.#idleDeadline) {
      this.#fail(new GatewayError('idleTimeout', `nothing passed for ${idleTimeoutMs} ms`));
    }
  }

  #route(): void {
    const { serverName, protocol, connection } = this.#raw;
    const listener = this.#tcp.listeners.select(serverName);
    const tls = connection.tls === undefined ? 'passThrough' : 'tls';
    // A reload may have changed what the name stands for since the client's first bytes were looked at.
    if (listener === null || listener.takes !== (protocol === 'tcp' ? 'tcp' : tls)) {
      throw new GatewayError('listenerNotFound', 'no listener takes this connection');
    }
    this.#attributes.listener = listener;
    const route = listener.routes.select(serverName);
    if (route === null) throw new GatewayError('routeNotFound', 'no route takes this connection');
    this.#attributes.route = route;
  }

  #connect(): void {
    const target = this.#attributes.route?.choose() ?? null;
    if (target === null) throw new GatewayError('noBackend', 'the route has no backend for this connection');
    this.#attributes.backend = target.name;
    const { endpoint, cancel } = target.dial(this.#attributes, {
      onSocket: (socket, address) => this.#relay(socket, address),
      onError: (error) => this.#fail(error),
    });
    this.#endpoint = endpoint;
    this.#cancelDial = cancel;
  }

  #relay(upstream: Socket, address: string): void {
    this.#cancelDial = null;
    this.#upstream = upstream;
    this.#endpoint = address;
    this.#idleDeadline = this.#sweeper.deadline(this.#tcp.idleTimeoutMs);
    this.#counts = joinStreams(this.#raw.socket, upstream, (_counts, failure) => this.#relayed(failure));
  }

  #relayed(failure: RelayFailure | null): void {
    if (failure !== null) this.#failure ??= this.#failureOf(failure);
    this.#end();
  }

  #failureOf({ side, error }: RelayFailure): GatewayError {
    if (side === 'second')
      return new GatewayError('upstreamReset', 'the upstream broke the connection', { cause: error });
    // At the end of a drain everything that is left is closed from our side.
    return new GatewayError(this.#drainDeadline === null ? 'clientGone' : 'draining');
  }

  #clientClosed(): void {
    if (this.#upstream !== null) return;
    this.#cancelDial?.();
    this.#failure ??= new GatewayError('clientGone');
    this.#end();
  }

  #fail(error: GatewayError): void {
    this.#failure ??= error;
    cutOff(this.#raw.socket);
    if (this.#upstream !== null) cutOff(this.#upstream);
  }

  /** Takes what has passed since the last time into the metrics; false: nothing has. */
  #report(): boolean {
    const { forward, backward } = this.#counts;
    const { forward: received, backward: sent } = this.#reported;
    if (forward === received && backward === sent) return false;
    this.#attributes.listener?.received.add(forward - received);
    this.#attributes.listener?.sent.add(backward - sent);
    this.#reported = { forward, backward };
    return true;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sweeper.delete(this);
    this.#report();
    const { line, accessLog } = this.#tcp;
    const text = line.format({
      attributes: this.#attributes,
      endpoint: this.#endpoint,
      received: this.#counts.forward,
      sent: this.#counts.backward,
      reason: this.#failure?.reason ?? '',
      error: this.#failure === null ? '' : explained(this.#failure),
      durationMs: monotonicMs() - this.#startedMs,
      endedAt: wallMs(),
    });
    if (text !== null) accessLog.write(text);
    this.#onEnd(this);
  }
}

/** `close` follows. */
function ignoreError(): void {}
