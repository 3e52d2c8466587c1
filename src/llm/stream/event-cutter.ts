import { lastBoundary } from '../usage/sse-regions.ts';

/**
 * Cuts a server-sent event stream so that what is handed on are whole events, whatever the chunks it comes in, and every
 * byte is handed on in its order. A chunk of whole events, the usual case, is handed on without a copy. An event beyond
 * the limit is handed on in pieces, so that memory is bounded.
 */
export class EventCutter {
  readonly #limit: number;
  #pending: Buffer[];
  #pendingBytes: number;
  #last: number;
  /** An event is under way that was begun to be handed on in pieces. */
  #inPieces: boolean;
  /** What {@link push} gave last consists of whole events. */
  whole: boolean;

  constructor(limit: number) {
    this.#limit = limit;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#last = -1;
    this.#inPieces = false;
    this.whole = true;
  }

  /** True where something may be put between two events. */
  get between(): boolean {
    return !this.#inPieces;
  }

  /** What can be handed on now, valid only as long as `bytes` is; null for nothing yet. */
  push(bytes: Buffer): Buffer | null {
    if (bytes.length === 0) return null;
    const boundary = lastBoundary(bytes, this.#last);
    this.#last = bytes[bytes.length - 1] as number;
    if (boundary === -1) {
      if (this.#pendingBytes + bytes.length <= this.#limit && !this.#inPieces) {
        this.#keep(bytes);
        return null;
      }
      this.#inPieces = true;
      this.whole = false;
      return this.#take(bytes);
    }
    this.whole = !this.#inPieces;
    this.#inPieces = false;
    if (boundary === bytes.length) return this.#take(bytes);
    const out = this.#take(bytes.subarray(0, boundary));
    this.#keep(bytes.subarray(boundary));
    return out;
  }

  /** What is left when the stream has ended: an event without its blank line, or null. */
  rest(): Buffer | null {
    return this.#pendingBytes === 0 ? null : this.#take(null);
  }

  #keep(bytes: Buffer): void {
    this.#pending.push(Buffer.from(bytes));
    this.#pendingBytes += bytes.length;
  }

  #take(bytes: Buffer | null): Buffer {
    if (this.#pendingBytes === 0 && bytes !== null) return bytes;
    if (bytes !== null) this.#pending.push(bytes);
    const out = this.#pending.length === 1 ? (this.#pending[0] as Buffer) : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    return out;
  }
}
