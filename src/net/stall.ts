/** Bytes of a second that a slow but honest client takes, where progress within one large write cannot be seen. */
const BYTES_PER_SECOND = 16_384;

/** What the limit is enough for, however slow. */
const BYTES_IN_TIME = 131_072;

/**
 * Tells whether something that should go on does: asked by a sweep, so that it costs a request nothing. Only time in
 * which something waits counts.
 */
export class Stall {
  #seen = -1;
  #deadline = Number.POSITIVE_INFINITY;

  /**
   * True when for `limitMs` nothing went on.
   *
   * @param progress Grows whenever it goes on.
   * @param waiting Bytes that wait to go on; null when nothing does. They come in pieces whose progress cannot be seen,
   *   so many add to the time.
   * @param limitMs 0: no limit.
   */
  late(now: number, progress: number, waiting: number | null, limitMs: number): boolean {
    if (waiting === null || limitMs === 0) {
      this.#seen = -1;
      return false;
    }
    if (progress !== this.#seen) {
      this.#seen = progress;
      this.#deadline = now + limitMs + (Math.max(0, waiting - BYTES_IN_TIME) / BYTES_PER_SECOND) * 1000;
    }
    return now > this.#deadline;
  }
}

/** The client of one exchange after another: what it has yet to take, and yet to send. */
export class Pace {
  readonly #taking = new Stall();
  readonly #sending = new Stall();

  /**
   * In what the client is late; null when it is not.
   *
   * @param given Bytes for it so far, of which `waiting` wait. @param wanted It has more to send, of which `received` came.
   */
  late(
    now: number,
    given: number,
    waiting: number,
    wanted: boolean,
    received: number,
    { sendTimeoutMs, bodyTimeoutMs }: { readonly sendTimeoutMs: number; readonly bodyTimeoutMs: number },
  ): 'taking' | 'sending' | null {
    if (this.#taking.late(now, given - waiting, waiting > 0 ? waiting : null, sendTimeoutMs)) return 'taking';
    return this.#sending.late(now, received, wanted ? 0 : null, bodyTimeoutMs) ? 'sending' : null;
  }
}
