import { after, cancelTimer, monotonicMs, type Timer } from '../../base/clock.ts';
import type { ProcessTiming } from './timing.ts';

/** What is asked of a process to learn whether it is well. */
export interface HealthPort {
  /** True while it works on something, and may have no time for questions. */
  readonly busy: boolean;
  /** Asks it for any answer. */
  ask(): void;
  /** It gave none. */
  onSilence(): void;
}

/**
 * Finds out whether a process that has been silent still answers. One that never did is left alone: it does not know
 * the question.
 */
export class Health {
  readonly #port: HealthPort;
  readonly #timing: ProcessTiming;
  #heardAt: number = monotonicMs();
  #asked: Timer | null = null;
  #answers = false;
  #deaf = false;

  constructor(port: HealthPort, timing: ProcessTiming) {
    this.#port = port;
    this.#timing = timing;
  }

  /** It said something. */
  heard(): void {
    this.#heardAt = monotonicMs();
    if (this.#asked === null) return;
    cancelTimer(this.#asked);
    this.#asked = null;
    this.#answers = true;
  }

  /** Asks it unless it was heard of lately; called now and then, and before it is used. */
  check(): void {
    if (this.#asked !== null || this.#deaf || this.#port.busy) return;
    if (monotonicMs() - this.#heardAt < this.#timing.silentMs) return;
    this.#asked = after(this.#timing.answerMs, () => {
      this.#asked = null;
      if (this.#answers) this.#port.onSilence();
      else this.#deaf = true;
    });
    this.#port.ask();
  }

  close(): void {
    cancelTimer(this.#asked);
    this.#asked = null;
  }
}
