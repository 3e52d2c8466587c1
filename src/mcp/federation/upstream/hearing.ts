import { after, cancelTimer, type Timer } from '../../../base/clock.ts';
import type { Transport } from '../../transports/transport.ts';
import type { HeardKind, UpstreamListen } from './listen.ts';

/** What a server tells outside of requests: on a stream of its session, or on one that asks for it. */
export class Hearing {
  /** Null while no connection is ready. */
  #transport: Transport | null = null;
  /** Null for a server with sessions. */
  #stream: UpstreamListen | null = null;
  readonly #reconnect: () => void;
  #lists = false;
  #timer: Timer | null = null;

  /** @param reconnect Asks for a connection, for a client that only waits: nothing that it sends would. */
  constructor(reconnect: () => void) {
    this.#reconnect = reconnect;
  }

  /** A connection is ready; what was wanted of the last is wanted of it. @param stream Null for a server with sessions. */
  begin(transport: Transport, stream: UpstreamListen | null): void {
    this.end();
    this.#transport = transport;
    this.#stream = stream;
    if (this.#lists) this.listen(true);
  }

  /** The connection is ready no more. */
  end(): void {
    cancelTimer(this.#timer);
    this.#timer = null;
    this.#stream?.close();
    this.#stream = null;
    this.#transport = null;
  }

  /** The connection is lost, and may be made again after `pauseMs`. */
  lost(pauseMs: number): void {
    this.end();
    this.#timer = after(pauseMs, () => {
      if (this.#lists) this.#reconnect();
    });
  }

  /** Number of the stream on which the server can tell of changes; 0: there is none now. */
  get number(): number {
    if (this.#stream !== null) return this.#stream.hears ? 1 : 0;
    return this.#transport?.hears === true ? 1 + (this.#transport.restarts ?? 0) : 0;
  }

  /** False while such a stream is wanted and not there yet. */
  get settled(): boolean {
    if (this.#transport === null || this.number > 0) return true;
    return this.#stream === null ? this.#transport.deaf === true : this.#stream.refused;
  }

  /** Whether changes of lists are worth a stream. */
  listen(on: boolean): void {
    this.#lists = on;
    if (this.#stream !== null) this.#stream.hearLists(on);
    else this.#transport?.listen(on);
  }

  /** Whether updates are wanted from a server without sessions. */
  hear(kind: HeardKind, id: string, on: boolean): void {
    this.#stream?.hear(kind, id, on);
  }

  /** Whether the server tells changes of a task. */
  hearsTask(id: string): boolean {
    return this.#stream?.hearsTask(id) === true;
  }

  /** True where the server says with each notification on which of our streams it sends it. */
  get tagged(): boolean {
    return this.#stream !== null;
  }

  /** The server says what it will tell on the stream of this id. */
  acknowledge(id: number, notifications: unknown): void {
    this.#stream?.acknowledge(id, notifications);
  }
}
