import type { Socket } from 'node:net';
import { ClientConnection, type ConnectionOwner } from '../http1/client-connection.ts';
import type { ResponseParser } from '../http1/response-parser.ts';
import type { Sweeper } from '../sweeper.ts';
import type { ConnectionPool } from './address-pools.ts';
import type { ConnectionLimit } from './connection-limit.ts';
import { socketAddressText, type SocketAddress } from './connector.ts';

/** The HTTP/1.1 connections to one socket address. */
export class Http1Pool implements ConnectionPool, ConnectionOwner {
  readonly address: SocketAddress;
  readonly name: string;
  /** Requests that use this address, those still connecting included. */
  inFlight = 0;
  readonly #idle: ClientConnection[] = [];
  readonly #busy = new Set<ClientConnection>();
  readonly #parser: ResponseParser;
  readonly #sweeper: Sweeper;
  readonly #maxIdle: number;
  readonly #limit: ConnectionLimit | null;
  /** Requests that may not connect yet, in order. */
  readonly #waiting = new Set<(connection: ClientConnection) => void>();
  #closed = false;

  constructor(
    address: SocketAddress,
    parser: ResponseParser,
    sweeper: Sweeper,
    maxIdle: number,
    limit: ConnectionLimit | null,
  ) {
    this.address = address;
    this.name = socketAddressText(address);
    this.#parser = parser;
    this.#sweeper = sweeper;
    this.#maxIdle = maxIdle;
    this.#limit = limit;
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  /** The connection used last (it is the least likely to have been closed), or null. Counts as in flight. */
  take(): ClientConnection | null {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined) return null;
      if (!connection.usable) continue;
      this.#busy.add(connection);
      this.inFlight += 1;
      return connection;
    }
  }

  /** A new connection for a request that was counted in `inFlight` when it began to connect. */
  adopt(socket: Socket): ClientConnection {
    const connection = new ClientConnection(socket, this.name, this.#parser, this);
    this.#busy.add(connection);
    return connection;
  }

  onFree(connection: ClientConnection): void {
    if (!this.#busy.delete(connection)) return;
    this.inFlight -= 1;
    if (this.#closed || this.#idle.length >= this.#maxIdle || this.#limit?.yields === true) {
      connection.destroy();
      return;
    }
    if (this.#limit !== null && this.#passOn(connection)) return;
    connection.freeSince = this.#sweeper.now;
    this.#idle.push(connection);
  }

  /** `use` gets the next connection that is free; it is counted in `inFlight` already. */
  wait(use: (connection: ClientConnection) => void): void {
    this.#waiting.add(use);
  }

  forgetWaiting(use: (connection: ClientConnection) => void): void {
    this.#waiting.delete(use);
  }

  /** Gives a free connection to who waits for one. */
  #passOn(connection: ClientConnection): boolean {
    const [next] = this.#waiting;
    if (next === undefined || !connection.usable) return false;
    this.#waiting.delete(next);
    this.#busy.add(connection);
    next(connection);
    return true;
  }

  onGone(connection: ClientConnection): void {
    if (this.#busy.delete(connection)) this.inFlight -= 1;
    else {
      const at = this.#idle.indexOf(connection);
      if (at >= 0) this.#idle.splice(at, 1);
    }
  }

  /** Closes connections idle since before `limit`; the oldest are at the front. */
  expire(limit: number): void {
    while (this.#idle.length > 0 && (this.#idle[0] as ClientConnection).freeSince < limit) {
      (this.#idle.shift() as ClientConnection).destroy();
    }
  }

  /** Closes idle connections now and busy ones when they are free. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }
}
