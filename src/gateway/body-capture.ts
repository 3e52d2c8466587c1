/** A bounded copy of a body as it passes, for expressions that run when the exchange is over. */
export class BodyCapture {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[];
  #size: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#chunks = [];
    this.#size = 0;
  }

  /** Takes what still fits. */
  chunk(bytes: Uint8Array): void {
    const room = this.#maxBytes - this.#size;
    if (room <= 0) return;
    const part = Buffer.from(bytes.subarray(0, room));
    this.#chunks.push(part);
    this.#size += part.byteLength;
  }

  /** The copy so far. */
  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
