import { monotonicMs } from '../../../base/clock.ts';

/** Lines of one process that are logged in each window, and its length in milliseconds. */
const most = 20;
const windowMs = 10_000;

/** Logs what a process says on standard error, so many lines in each window, and how many were left out. */
export class StderrLog {
  readonly #log: (line: string) => void;
  #since: number = monotonicMs();
  #logged = 0;
  #dropped = 0;

  /** @param log Takes a line, or the note on those that were left out. */
  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  add(line: string): void {
    if (monotonicMs() - this.#since >= windowMs) this.flush();
    if (this.#logged === most) {
      this.#dropped++;
      return;
    }
    this.#logged++;
    this.#log(line);
  }

  /** Says what was left out, and begins a new window. */
  flush(): void {
    if (this.#dropped > 0) this.#log(`${this.#dropped} lines were dropped: more than ${most} in ${windowMs / 1000} s`);
    this.#since = monotonicMs();
    this.#logged = 0;
    this.#dropped = 0;
  }
}
