import type { Socket } from 'node:net';
import type { Sweeper, Swept } from '../sweeper.ts';

/** Bytes that are read and dropped before the client is given up. */
const MAX_BYTES = 16_777_216;
/** Milliseconds for a client that is still sending, and for one that has only to close its side. */
const SENDING_MS = 5000;
const GOODBYE_MS = 1000;

/**
 * Ends our side and reads on until the client ends its own, within bounds: closing with unread bytes would send a reset,
 * which can take the response from a client that has not read it yet (RFC 9112 §9.6).
 */
export class LingeringClose implements Swept {
  readonly #socket: Socket;
  readonly #deadline: number;
  #bytes = 0;

  /** Takes over a socket whose listeners were removed. `sending`: part of a request is still to come. */
  constructor(socket: Socket, sweeper: Sweeper, sending: boolean) {
    this.#socket = socket;
    this.#deadline = sweeper.deadline(sending ? SENDING_MS : GOODBYE_MS);
    socket.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes > MAX_BYTES) socket.destroy();
    });
    socket.once('close', () => sweeper.delete(this));
    sweeper.add(this);
    socket.resume();
    socket.end();
  }

  sweep(now: number): void {
    if (now > this.#deadline) this.#socket.destroy();
  }
}
