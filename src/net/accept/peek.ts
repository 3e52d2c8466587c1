import type { Socket } from 'node:net';
import { DRAIN_GRACE_MS } from '../drain-grace.ts';
import type { Sweeper, Swept } from '../sweeper.ts';

/** What the first bytes are, of all that have come so far; null: more are needed. It may hold how far it has read. */
export type Decide<T> = (bytes: Buffer) => T | null;

/** What becomes of a socket that was looked at; one of `known` and `ended` is called. */
export interface PeekOutcome<T> {
  readonly known: (known: T) => void;
  /** The client ended, failed, or was silent for too long. */
  readonly ended: () => void;
  /** How many of the bytes are used up; absent: none. */
  readonly taken?: (known: T) => number;
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
  #deadline: number;
  /** Grows by doubling: a client that sends byte by byte must not cost the square of what it sends. */
  #held: Buffer | null = null;
  #length = 0;

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

  /** The listener ends: what may be on its way has a moment left. */
  drain(): void {
    this.#deadline = Math.min(this.#deadline, this.#sweeper.deadline(DRAIN_GRACE_MS));
  }

  sweep(now: number): void {
    if (now > this.#deadline) this.#stop();
  }

  readonly #onData = (chunk: Buffer): void => {
    const bytes = this.#length === 0 ? chunk : this.#append(chunk);
    const known = this.#decide(bytes);
    if (known === null) {
      if (this.#length === 0) this.#append(chunk);
      return;
    }
    this.#leave();
    this.#socket.pause();
    const rest = bytes.subarray(this.#outcome.taken?.(known) ?? 0);
    if (rest.length > 0) this.#socket.unshift(rest);
    this.#outcome.known(known);
  };

  #append(chunk: Buffer): Buffer {
    const length = this.#length + chunk.length;
    if (this.#held === null || this.#held.length < length) {
      const larger = Buffer.allocUnsafe(2 * length);
      this.#held?.copy(larger, 0, 0, this.#length);
      this.#held = larger;
    }
    chunk.copy(this.#held, this.#length);
    this.#length = length;
    return this.#held.subarray(0, length);
  }

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
