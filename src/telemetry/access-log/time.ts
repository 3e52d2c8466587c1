/** Prints times as `2026-01-31T12:34:56.789Z` (RFC 3339); within a second only the milliseconds are printed anew. */
export class LineClock {
  #second = Number.NaN;
  #prefix = '';

  /** @param epochMs Milliseconds since the Unix epoch; a fraction is cut off. */
  format(epochMs: number): string {
    const second = Math.floor(epochMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#prefix = new Date(second * 1000).toISOString().slice(0, -4);
    }
    const ms = Math.floor(epochMs - second * 1000);
    return `${this.#prefix}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`;
  }
}
