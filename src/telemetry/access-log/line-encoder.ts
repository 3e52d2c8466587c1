/** Lines become bytes when about this many characters wait: before the collector would take their text for long-lived. */
const earlyChars = 4096;

/** A block of memory and how much of it is lent out. */
interface Lent {
  readonly block: Buffer;
  readonly used: number;
}

/** Encodes lines into blocks of memory that are used again, so that a busy log leaves the collector nothing to do. */
export class LineEncoder {
  readonly #blockSize: number;
  /** Lines not yet encoded. */
  #text = '';
  #block: Buffer | null = null;
  #used = 0;
  #spare: Buffer | null = null;
  readonly #full: Buffer[] = [];
  #fullBytes = 0;
  /** Blocks that {@link take} gave away, in that order. */
  readonly #lent: Lent[] = [];

  /** @param blockSize Of one block, in bytes. */
  constructor(blockSize: number) {
    this.#blockSize = blockSize;
  }

  /** How much waits to be taken: bytes, and characters not yet encoded. */
  get waiting(): number {
    return this.#fullBytes + this.#used + this.#text.length;
  }

  /** Adds a line, without its newline. */
  add(line: string): void {
    this.#text += line;
    this.#text += '\n';
    if (this.#text.length >= earlyChars) this.#encode();
  }

  /** All lines so far as bytes, in their order; {@link release} gives each back. */
  take(): Buffer[] {
    this.#encode();
    this.#close();
    this.#fullBytes = 0;
    return this.#full.splice(0);
  }

  /** Bytes from {@link take}, or the end of them, are not needed any more. In the order in which they were taken. */
  release(bytes: Buffer): void {
    const [first] = this.#lent;
    if (first?.block.buffer !== bytes.buffer || bytes.byteOffset + bytes.length !== first.used) return;
    this.#lent.shift();
    this.#spare ??= first.block;
  }

  #encode(): void {
    const text = this.#text;
    if (text === '') return;
    this.#text = '';
    // UTF-8 has at most three bytes for a UTF-16 code unit.
    const most = text.length * 3;
    if (this.#used + most > this.#blockSize) this.#close();
    if (most > this.#blockSize) {
      this.#push(Buffer.from(text));
      return;
    }
    if (this.#block === null) {
      this.#block = this.#spare ?? Buffer.allocUnsafeSlow(this.#blockSize);
      this.#spare = null;
    }
    this.#used += this.#block.write(text, this.#used);
  }

  #close(): void {
    const block = this.#block;
    if (block === null) return;
    const used = this.#used;
    this.#block = null;
    this.#used = 0;
    this.#lent.push({ block, used });
    this.#push(block.subarray(0, used));
  }

  #push(bytes: Buffer): void {
    this.#full.push(bytes);
    this.#fullBytes += bytes.length;
  }
}
