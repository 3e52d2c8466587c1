import { Socket, type NetConnectOpts } from 'node:net';

/** Memory that a connection reads into at first, and while no more comes at a time. */
const SMALL = 4096;
/** What it reads into after that was full. */
const LARGE = 32_768;

/** Takes bytes. They are only lent: unless it says that it keeps them, the next read overwrites them. */
export type Reader = (chunk: Buffer) => 'done' | 'keeps';

/**
 * A client's socket that reads into the same memory again and again, for who only passes on what it reads. Others get new
 * memory for each read, which V8 frees by looking through its whole heap: more work than passing it on. Until it has a
 * reader it is like any other.
 */
export class ReusingSocket extends Socket {
  #reader: Reader | null = null;
  #memory: Buffer = Buffer.allocUnsafeSlow(SMALL);

  constructor() {
    super({ onread: { buffer: () => this.#memory, callback: (length) => this.#take(length) } });
  }

  /** Gives `reader` what comes, in place of listeners for `data`. To be called while nothing flows. */
  readBy(reader: Reader): void {
    this.#reader = reader;
  }

  /** Hears how much was read; the memory for the next read is asked for after that. False: no more for now. */
  #take(length: number): boolean {
    const memory = this.#memory;
    const chunk = memory.subarray(0, length);
    if (this.#reader === null) return this.push(Buffer.from(chunk));
    const size = sizeAfter(memory.length, length);
    if (this.#reader(chunk) === 'keeps' || size !== memory.length) this.#memory = Buffer.allocUnsafeSlow(size);
    return true;
  }
}

/** As `net.connect`. */
export function connectReusing(options: NetConnectOpts): ReusingSocket {
  return new ReusingSocket().connect(options);
}

/** Much memory only while much comes: there may be many idle connections. */
function sizeAfter(size: number, length: number): number {
  if (length <= SMALL) return length === size ? LARGE : SMALL;
  return size;
}
