/** Cuts a byte stream into lines of UTF-8 text, without their line end. */
export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Calls `each` for every line that `chunk` completes.
   * @throws RangeError when a line grows beyond the limit.
   */
  push(chunk: Buffer, each: (line: string) => void): void {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(10, from);
      if (end === -1) break;
      each(this.#take(chunk.subarray(from, end)));
      from = end + 1;
    }
    if (from === chunk.length) return;
    const rest = chunk.subarray(from);
    this.#size += rest.length;
    if (this.#size > this.#maxBytes) throw new RangeError('the line is too long');
    this.#parts.push(rest);
  }

  #take(last: Buffer): string {
    if (this.#parts.length === 0) return last.toString('utf8');
    this.#parts.push(last);
    const line = Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    this.#size = 0;
    return line;
  }
}
