import type { Socket } from 'node:net';
import { after, cancelTimer, type Timer } from '../../base/clock.ts';

/** The interim response that lets a client send its body, or tells it to wait on (RFC 9110 §15.2.1). */
export const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

const SECOND_MS = 50;

/**
 * Finds out whether a client that shut its side still waits. A FIN says either "I am gone" or "I have no more requests",
 * and only writing tells which: a client that waits ignores a 100 (Continue) that it did not ask for (RFC 9110 §15.2),
 * while the system of one that is gone answers with a reset, which the second write meets as an error.
 */
export class ClientProbe {
  #timer: Timer | null = null;

  /** @param waiting True while the response has not begun; only then may 100 be written. */
  start(socket: Socket, waiting: () => boolean): void {
    socket.write(CONTINUE, 'latin1');
    this.#timer = after(SECOND_MS, () => {
      if (waiting()) socket.write(CONTINUE, 'latin1');
    });
  }

  stop(): void {
    cancelTimer(this.#timer);
    this.#timer = null;
  }
}
