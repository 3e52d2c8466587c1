/** The largest request body that is kept so that it can be sent again (agentgateway §1.3 retry). */
const maximumBytes = 64 * 1024;

/** A copy of the request body as it streams, for retries; gives up above 64 KiB. */
export class ReplayBuffer {
  #chunks: Buffer[] = [];
  #size = 0;
  #overflowed = false;

  /** True while the copy holds everything that has passed. */
  get usable(): boolean {
    return !this.#overflowed;
  }

  get chunks(): readonly Buffer[] {
    return this.#chunks;
  }

  add(chunk: Buffer): void {
    if (this.#overflowed) return;
    this.#size += chunk.byteLength;
    if (this.#size > maximumBytes) {
      this.#overflowed = true;
      this.#chunks = [];
      return;
    }
    this.#chunks.push(Buffer.from(chunk));
  }
}
