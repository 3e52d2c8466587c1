import type { Socket } from 'node:net';
import type { Sweeper, Swept } from '../sweeper.ts';

/** What the first bytes are; null: more are needed. */
export type Decide<T> = (bytes: Buffer) => T | null;

/** What becomes of a socket that was looked at; exactly one is called. */
export interface PeekOutcome<T> {
  readonly known: (known: T) => void;
  /** The client ended, failed, or was silent for too long; or {@link Peek.drain} was called. */
  readonly ended: () => void;
}

/**
 * Looks at the first bytes of a socket without taking them: as soon as `decide` knows, they are put back, the socket is paused,
 * and `known` is called in the same tick.
 */
export class Peek<T> implements Swept {
  readonly #socket: Socket;
  readonly #sweeper: Sweeper;
  readonly #decide: Decide<T>;
  readonly #outcome: PeekOutcome<T>;
  readonly #deadline: number;
  #held: Buffer | null = null;

  constructor(socket: Socket, sweeper: Sweeper, timeoutMs: number, decide: Decide<T>, outcome: PeekOutcome<T>) {
    this.#socket = socket;
    this.#sweeper = sweeper;
    this.#decide = decide;
    this.#outcome = outcome;
    this.#deadline = sweeper.deadline(timeoutMs);
    socket.on('data', this.#onData);
    socket.on('end', this.#stop);
    socket.on('close', this.#stop);
    sweeper.add(this);
  }

  /** Nothing of a request was served: the connection may go. */
  drain(): void {
    this.#stop();
  }

  sweep(now: number): void {
    if (now > this.#deadline) this.#stop();
  }

  readonly #onData = (chunk: Buffer): void => {
    const bytes = this.#held === null ? chunk : Buffer.concat([this.#held, chunk]);
    const known = this.#decide(bytes);
    if (known === null) {
      this.#held = bytes;
      return;
    }
    this.#leave();
    this.#socket.pause();
    this.#socket.unshift(bytes);
    this.#outcome.known(known);
  };

  readonly #stop = (): void => {
    this.#leave();
    this.#outcome.ended();
  };

  #leave(): void {
    this.#sweeper.delete(this);
    this.#socket.off('data', this.#onData);
    this.#socket.off('end', this.#stop);
    this.#socket.off('close', this.#stop);
  }
}
