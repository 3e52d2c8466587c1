const CONTINUATION = 0;
const TEXT = 1;
const FIRST_CONTROL = 8;
/** Longest message that is put together; a longer one is let by. */
const MAX_MESSAGE = 4 * 1024 * 1024;

/**
 * Reads the text messages of one direction of a WebSocket as its bytes pass (RFC 6455 §5): frames of any size, fragments,
 * control frames between them, masks. It only watches; a frame of an extension ends the watch, since none was offered.
 */
export class TextMessages {
  readonly #onText: (message: Buffer) => void;
  readonly #head: Buffer;
  #headBytes: number;
  /** Payload of the frame under way that has not come. */
  #left: number;
  #opcode: number;
  #final: boolean;
  #mask: Buffer | null;
  #maskAt: number;
  /** Fragments of the text message under way; null for a message that is not read. */
  #parts: Buffer[] | null;
  #size: number;
  #watching: boolean;

  constructor(onText: (message: Buffer) => void) {
    this.#onText = onText;
    this.#head = Buffer.alloc(14);
    this.#headBytes = 0;
    this.#left = 0;
    this.#opcode = 0;
    this.#final = false;
    this.#mask = null;
    this.#maskAt = 0;
    this.#parts = null;
    this.#size = 0;
    this.#watching = true;
  }

  /** Bytes as they pass; they are copied where they are kept. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#watching) {
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left);
        this.#payload(chunk.subarray(at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#frameEnded();
        continue;
      }
      this.#head[this.#headBytes++] = chunk[at++] as number;
      if (this.#headBytes >= 2 && this.#headBytes === this.#headLength()) this.#frameBegun();
    }
  }

  #headLength(): number {
    const second = this.#head[1] as number;
    const length = second & 0x7f;
    return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0);
  }

  #frameBegun(): void {
    const [first = 0, second = 0] = this.#head;
    const short = second & 0x7f;
    const masked = (second & 0x80) !== 0;
    this.#final = (first & 0x80) !== 0;
    this.#opcode = first & 0x0f;
    this.#left =
      short === 126 ? this.#head.readUInt16BE(2) : short === 127 ? Number(this.#head.readBigUInt64BE(2)) : short;
    this.#mask = masked ? Buffer.from(this.#head.subarray(this.#headBytes - 4, this.#headBytes)) : null;
    this.#maskAt = 0;
    this.#headBytes = 0;
    if ((first & 0x70) !== 0) this.#watching = false;
    else if (this.#opcode === TEXT) this.#begin();
    else if (this.#opcode !== CONTINUATION && this.#opcode < FIRST_CONTROL) this.#parts = null;
    if (this.#left === 0) this.#frameEnded();
  }

  #begin(): void {
    this.#parts = [];
    this.#size = 0;
  }

  #payload(bytes: Buffer): void {
    if (this.#opcode >= FIRST_CONTROL || this.#parts === null) return;
    this.#size += bytes.length;
    if (this.#size > MAX_MESSAGE) {
      this.#parts = null;
      return;
    }
    const copy = Buffer.from(bytes);
    if (this.#mask !== null) {
      for (let i = 0; i < copy.length; i++) {
        copy[i] = (copy[i] as number) ^ (this.#mask[(this.#maskAt + i) & 3] as number);
      }
      this.#maskAt = (this.#maskAt + copy.length) & 3;
    }
    this.#parts.push(copy);
  }

  #frameEnded(): void {
    if (this.#opcode >= FIRST_CONTROL || !this.#final) return;
    const parts = this.#parts;
    this.#parts = null;
    if (parts !== null) this.#onText(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));
  }
}
