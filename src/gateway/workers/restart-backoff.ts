const firstMs = 100;
const longestMs = 30_000;
/** A worker that lived this long did not die of what it started with. */
const stableMs = 60_000;

/** How long to wait before a worker is started again: doubling from 100 ms to 30 s, from the start again after a good run. */
export class RestartBackoff {
  #next = firstMs;

  /** @param livedMs How long the worker that has just ended lived, in milliseconds. */
  delayAfter(livedMs: number): number {
    if (livedMs >= stableMs) this.#next = firstMs;
    const delay = this.#next;
    this.#next = Math.min(this.#next * 2, longestMs);
    return delay;
  }
}
