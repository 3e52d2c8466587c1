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

/** Over how long a least rate is looked at, in milliseconds: a pause of a network is no attack. */
const RATE_WINDOW_MS = 10_000;

/** Tells whether something goes on, but too slowly; asked by a sweep, as {@link Stall}. */
export class Trickle {
  #begun = 0;
  #end = -1;

  /**
   * True when in some ten seconds in which it was waited for all the time less came than the least rate makes.
   *
   * @param progress Bytes so far. @param least Bytes a second; 0: no limit.
   */
  late(now: number, progress: number, waiting: boolean, least: number): boolean {
    if (!waiting || least === 0) {
      this.#end = -1;
      return false;
    }
    if (this.#end >= 0 && now < this.#end) return false;
    const late = this.#end >= 0 && progress - this.#begun < (least * RATE_WINDOW_MS) / 1000;
    this.#begun = progress;
    this.#end = now + RATE_WINDOW_MS;
    return late;
  }
}

/** How slow a client may be. */
export interface PaceLimits {
  readonly sendTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  /** Bytes a second. */
  readonly bodyMinRate: number;
}

/** The client of one exchange after another: what it has yet to take, and yet to send. */
export class Pace {
  readonly #taking = new Stall();
  readonly #sending = new Stall();
  readonly #trickle = new Trickle();

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
    { sendTimeoutMs, bodyTimeoutMs, bodyMinRate }: PaceLimits,
  ): 'taking' | 'sending' | null {
    if (this.#taking.late(now, given - waiting, waiting > 0 ? waiting : null, sendTimeoutMs)) return 'taking';
    const stalls = this.#sending.late(now, received, wanted ? 0 : null, bodyTimeoutMs);
    return stalls || this.#trickle.late(now, received, wanted, bodyMinRate) ? 'sending' : null;
  }
}
