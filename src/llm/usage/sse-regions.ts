const LF = 0x0a;
const CR = 0x0d;
const DATA_FIELD = Buffer.from('data:');

/**
 * Cuts a server-sent event stream into regions of whole events, whatever the chunks it comes in. Each region ends with a
 * blank line (WHATWG HTML §9.2.6; any line endings). A chunk that holds whole events only, the usual case, is handed on
 * without a copy. An event longer than the limit loses its beginning: its last bytes are handed on as data.
 */
export class SseRegions {
  readonly #limit: number;
  readonly #onRegion: (region: Buffer) => void;
  #pending: Buffer[];
  #pendingBytes: number;

  constructor(limit: number, onRegion: (region: Buffer) => void) {
    this.#limit = limit;
    this.#onRegion = onRegion;
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  /** The region that the callback gets is valid only during the call. */
  chunk(bytes: Buffer): void {
    const boundary = lastBoundary(bytes, this.#lastByte());
    if (boundary === -1) {
      this.#keep(bytes);
      return;
    }
    const whole = boundary === bytes.length ? bytes : bytes.subarray(0, boundary);
    if (this.#pendingBytes === 0) {
      this.#onRegion(whole);
    } else {
      this.#pending.push(whole);
      this.#flush();
    }
    if (boundary < bytes.length) this.#keep(bytes.subarray(boundary));
  }

  /** What is left is handed on too: many servers omit the last blank line. */
  end(): void {
    if (this.#pendingBytes > 0) this.#flush();
  }

  #flush(): void {
    const region = this.#pending.length === 1 ? (this.#pending[0] as Buffer) : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#onRegion(region);
  }

  #keep(bytes: Buffer): void {
    this.#pending.push(Buffer.from(bytes));
    this.#pendingBytes += bytes.length;
    // Trim in large steps, so that a long event in small chunks costs no more than its length.
    if (this.#pendingBytes <= this.#limit * 2) return;
    const tail = Buffer.concat([DATA_FIELD, Buffer.concat(this.#pending).subarray(-this.#limit)]);
    this.#pending = [tail];
    this.#pendingBytes = tail.length;
  }

  #lastByte(): number {
    const last = this.#pending.at(-1);
    return last === undefined ? -1 : (last[last.length - 1] as number);
  }
}

/** One past the last blank line that ends in `bytes`, or -1. `before` is the byte in front of them, or -1. */
export function lastBoundary(bytes: Buffer, before: number): number {
  for (let at = bytes.length - 1; at >= 0; at--) {
    const c = bytes[at];
    if (c !== LF && c !== CR) continue;
    const previous = at > 0 ? (bytes[at - 1] as number) : before;
    // CR LF is one line end; LF LF, CR CR and LF CR are two.
    if (previous === LF || (previous === CR && c === CR)) return at + 1;
  }
  return -1;
}
