import type { Socket } from 'node:net';
import { GatewayError } from '../../base/errors.ts';
import type { SharedLimit } from '../../telemetry/shared/limit.ts';
import type { WaitingLine } from '../balance/waiting-line.ts';
import type { Connector, SocketAddress } from './connector.ts';

/** Opens connections. */
export type Connecting = Pick<Connector, 'connect' | 'timeoutMs'>;

/** The most connections that all workers together have to one endpoint. */
export class ConnectionLimit {
  readonly #open: SharedLimit;
  readonly #line: WaitingLine;

  /** @param line Where requests wait for a connection that they may make. */
  constructor(open: SharedLimit, line: WaitingLine) {
    this.#open = open;
    this.#line = line;
  }

  /** Somebody waits for a connection; others than this worker's own, if `elsewhere`. */
  isWanted(elsewhere: boolean): boolean {
    return this.#line.total > (elsewhere ? this.#line.length : 0);
  }

  /** Others wait, and this worker has more than its part: it closes a connection rather than use it again. */
  get yields(): boolean {
    const part = Math.max(1, Math.floor(this.#open.maximum / this.#open.workers));
    return this.isWanted(true) && this.#open.share > part;
  }

  /** Connections through `connector` that keep to the limit. Errors, besides its own: overloaded where there is no place. */
  through(connector: Connecting): Connecting {
    return {
      timeoutMs: connector.timeoutMs,
      connect: (address, onSocket, onError) => this.connect(connector, address, onSocket, onError, () => undefined),
    };
  }

  /** {@link through} for one connection; `onEntered` hears, perhaps at once, that it has its place. */
  connect(
    connector: Connecting,
    address: SocketAddress,
    onSocket: (socket: Socket) => void,
    onError: (error: GatewayError) => void,
    onEntered: () => void,
  ): () => void {
    let cancel = (): void => undefined;
    const enter = (): boolean => {
      if (!this.#open.tryAcquire()) return false;
      onEntered();
      cancel = this.#connectHolding(connector, address, onSocket, onError);
      return true;
    };
    if (this.#line.isEmpty && enter()) return () => cancel();
    const full = (): void => {
      const message = 'the upstream has as many connections as it may';
      onError(new GatewayError('overloaded', message, { retry: 'safe', retryAfter: 1 }));
    };
    const waiting = { proceed: enter, expired: full };
    let refused = false;
    cancel = () => {
      refused = true;
      this.#line.leave(waiting);
    };
    if (!this.#line.join(waiting)) process.nextTick(() => refused || full());
    return () => cancel();
  }

  #connectHolding(
    connector: Connecting,
    address: SocketAddress,
    onSocket: (socket: Socket) => void,
    onError: (error: GatewayError) => void,
  ): () => void {
    const cancel = connector.connect(
      address,
      (socket) => {
        socket.once('close', () => this.#leave());
        onSocket(socket);
      },
      (error) => {
        this.#leave();
        onError(error);
      },
    );
    return () => {
      cancel();
      this.#leave();
    };
  }

  #leave(): void {
    this.#open.release();
    this.#line.advance();
  }
}
