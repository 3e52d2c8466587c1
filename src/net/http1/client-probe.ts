import type { Socket } from 'node:net';
import { after, cancelTimer, type Timer } from '../../base/clock.ts';

/** The interim response that lets a client send its body, or tells it to wait on (RFC 9110 §15.2.1). */
export const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** Milliseconds between writes. The reset that answers one needs a round trip before the next meets it. */
const INTERVALS = [50, 200, 800, 3200];

/**
 * Finds out whether a client that shut its side still waits. A FIN says either "I am gone" or "I have no more requests",
 * and only writing tells which: a client that waits ignores a 100 (Continue) that it did not ask for (RFC 9110 §15.2),
 * while the system of one that is gone answers with a reset, which the next write meets as an error.
 */
export class ClientProbe {
  #timer: Timer | null = null;

  /** @param waiting True while the response has not begun; only then may 100 be written. */
  start(socket: Socket, waiting: () => boolean): void {
    this.#write(socket, waiting, 0);
  }

  stop(): void {
    cancelTimer(this.#timer);
    this.#timer = null;
  }

  #write(socket: Socket, waiting: () => boolean, step: number): void {
    if (!waiting()) return;
    socket.write(CONTINUE, 'latin1');
    const interval = INTERVALS[step];
    if (interval !== undefined) this.#timer = after(interval, () => this.#write(socket, waiting, step + 1));
  }
}
