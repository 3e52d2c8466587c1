import type { Socket } from 'node:net';
import { after, cancelTimer, type Timer } from '../../base/clock.ts';
import { GatewayError } from '../../base/errors.ts';
import type { Http2Call } from '../http2/client-call.ts';
import { Http2ClientConnection, type Http2ConnectionOwner } from '../http2/client-session.ts';
import type { Sweeper } from '../sweeper.ts';
import type { ConnectionPool } from './address-pools.ts';
import type { Connecting } from './connection-limit.ts';
import { socketAddressText, type SocketAddress } from './connector.ts';

/** The HTTP/2 connections to one socket address: as few as there are streams for. */
export class Http2Pool implements ConnectionPool, Http2ConnectionOwner {
  readonly address: SocketAddress;
  readonly name: string;
  readonly #connector: Connecting;
  readonly #sweeper: Sweeper;
  readonly #scheme: 'http' | 'https';
  readonly #connections = new Set<Http2ClientConnection>();
  /** Calls for which there is no stream yet, in order, each with what to do if no connection can be made. */
  readonly #waiting = new Map<Http2Call, (error: GatewayError) => void>();
  /** Gives up the connection that is being made; it is made once the upstream has said how many streams it takes. */
  #connecting: (() => void) | null = null;
  #greeting: Http2ClientConnection | null = null;
  #timer: Timer | null = null;
  #closed = false;

  constructor(address: SocketAddress, connector: Connecting, sweeper: Sweeper, scheme: 'http' | 'https') {
    this.address = address;
    this.name = socketAddressText(address);
    this.#connector = connector;
    this.#sweeper = sweeper;
    this.#scheme = scheme;
  }

  get inFlight(): number {
    let streams = this.#waiting.size;
    for (const connection of this.#connections) streams += connection.streams;
    return streams;
  }

  /** Connections without a stream. */
  get idleCount(): number {
    let idle = 0;
    for (const { streams } of this.#connections) if (streams === 0) idle += 1;
    return idle;
  }

  /** Starts `call` on a connection that has room, or on a new one; `onFailed` if none can be made. */
  send(call: Http2Call, onFailed: (error: GatewayError) => void): void {
    const connection = this.#roomy();
    if (connection !== null) {
      call.start(connection);
      return;
    }
    this.#waiting.set(call, onFailed);
    call.whileConnecting(() => this.#giveUp(call));
    this.#connecting ??= this.#connect();
  }

  onFree(connection: Http2ClientConnection): void {
    if (connection === this.#greeting && connection.settled) this.#settle(connection);
    if (connection.streams === 0) connection.freeSince = this.#sweeper.now;
    this.#serve();
    if (this.#closed && connection.streams === 0) connection.close();
  }

  onGone(connection: Http2ClientConnection): void {
    this.#connections.delete(connection);
    if (connection === this.#greeting) this.#failed(greetingFailed(connection));
    else if (this.#waiting.size > 0) this.#connecting ??= this.#connect();
  }

  /** Closes connections idle since before `limit`. */
  expire(limit: number): void {
    for (const connection of this.#connections) {
      if (connection.streams === 0 && connection.freeSince < limit) connection.close();
    }
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#connections) if (connection.streams === 0) connection.close();
  }

  #connect(): () => void {
    return this.#connector.connect(
      this.address,
      (socket) => this.#adopt(socket),
      (error) => this.#failed(error),
    );
  }

  /** The connection is there; the upstream has still to say what it takes. */
  #adopt(socket: Socket): void {
    const connection = new Http2ClientConnection(socket, this.name, this.#scheme, this);
    const limitMs = this.#connector.timeoutMs;
    this.#greeting = connection;
    this.#timer = limitMs === 0 ? null : after(limitMs, () => connection.destroy());
    this.#connecting = () => connection.destroy();
  }

  #settle(connection: Http2ClientConnection): void {
    cancelTimer(this.#timer);
    this.#greeting = null;
    this.#connecting = null;
    this.#connections.add(connection);
  }

  #failed(error: GatewayError): void {
    cancelTimer(this.#timer);
    this.#greeting = null;
    this.#connecting = null;
    const failed = [...this.#waiting];
    this.#waiting.clear();
    for (const [call, onFailed] of failed) {
      call.whileConnecting(null);
      onFailed(error);
    }
  }

  /** Starts the calls that wait, as far as there is room; a new connection for the rest. */
  #serve(): void {
    for (const call of this.#waiting.keys()) {
      const connection = this.#roomy();
      if (connection === null) {
        this.#connecting ??= this.#connect();
        return;
      }
      this.#waiting.delete(call);
      call.start(connection);
    }
  }

  /** The connection with the most room, or null. */
  #roomy(): Http2ClientConnection | null {
    let best: Http2ClientConnection | null = null;
    let room = 0;
    for (const connection of this.#connections) {
      const { capacity } = connection;
      if (capacity <= room) continue;
      best = connection;
      room = capacity;
    }
    return best;
  }

  #giveUp(call: Http2Call): void {
    this.#waiting.delete(call);
    if (this.#waiting.size > 0) return;
    const stop = this.#connecting;
    this.#connecting = null;
    stop?.();
  }
}

/** Why a new connection is gone before it carried anything. */
function greetingFailed({ fault }: Http2ClientConnection): GatewayError {
  if (fault === null) return new GatewayError('connectFailed', '', { retry: 'safe' });
  return new GatewayError('upstreamProtocol', 'the upstream does not speak HTTP/2', { cause: fault });
}
