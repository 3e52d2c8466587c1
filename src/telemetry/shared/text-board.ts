import { wallMs } from '../../base/clock.ts';

/** What fits on a board. */
export interface BoardShape {
  /** Texts at once. */
  readonly slots: number;
  /** Bytes of the longest, a multiple of 8. */
  readonly longest: number;
  /** A new one may take the place of one that is still good. */
  readonly evicts: boolean;
}

/** Places where one text may stand. */
const ways = 8;

const slotHeader = 32;

/** Bytes of the memory of a board. */
export function boardBytes({ slots, longest }: BoardShape): number {
  return slots * (slotHeader + longest);
}

const FREE = 0;
/** Someone is about to write whose it is. */
const CLAIMED = 1;
const PENDING = 2;
const DONE = 3;

/** How long someone may take before they are given up for lost. */
const lostMs = 15_000;

/** What {@link TextBoard.enter} says: do it yourself and tell the board, or the text that another worker published. */
export type Entry = { readonly kind: 'mine'; readonly slot: number } | { readonly kind: 'text'; readonly text: string };

/**
 * Where workers tell each other what they fetch: the first does it, the others wait for the text that it publishes. So it
 * is fetched once in a process, and not once in each worker. Keys of 64 bits may meet: a text says itself whose it is.
 */
export class TextBoard {
  readonly #shape: BoardShape;
  readonly #slotBytes: number;
  readonly #states: Int32Array;
  readonly #keys: BigUint64Array;
  readonly #until: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #now: () => number;

  /** @param memory As long as {@link boardBytes} says, zeros at first. */
  constructor(shape: BoardShape, memory: SharedArrayBuffer, now: () => number = wallMs) {
    this.#shape = shape;
    this.#slotBytes = slotHeader + shape.longest;
    this.#states = new Int32Array(memory);
    this.#keys = new BigUint64Array(memory);
    this.#until = new Float64Array(memory);
    this.#bytes = new Uint8Array(memory);
    this.#now = now;
  }

  /** Joins those who want the text of a key; null when the board has no room for it. */
  async enter(key: bigint): Promise<Entry | null> {
    for (;;) {
      const known = this.#find(key) ?? this.#claim(key);
      if (known === null) return null;
      if (typeof known !== 'number') return known;
      const text = this.#read(known, key);
      if (text !== null) return { kind: 'text', text };
      await this.#settled(known);
    }
  }

  /**
   * What was entered has ended with this text; a longer one than fits is as if it had failed.
   *
   * @param untilMs How long others get it, in milliseconds since the Unix epoch.
   */
  publish(slot: number, text: string, untilMs: number): void {
    const start = slot * this.#slotBytes + slotHeader;
    const bytes = Buffer.from(text, 'utf8');
    if (bytes.byteLength > this.#shape.longest) return this.giveUp(slot);
    this.#bytes.set(bytes, start);
    this.#states[this.#state(slot) + 1] = bytes.byteLength;
    this.#until[this.#time(slot)] = untilMs;
    return this.#settle(slot, DONE);
  }

  /** What was entered has failed: who waits for it tries by itself. */
  giveUp(slot: number): void {
    this.#settle(slot, FREE);
  }

  /** The slot where the text of this key stands, or will soon. */
  #find(key: bigint): number | null {
    for (const slot of this.#places(key)) {
      const state = this.#stateWritten(slot);
      if (state < PENDING || Atomics.load(this.#keys, this.#key(slot)) !== key) continue;
      if (!this.#isOver(slot)) return slot;
    }
    return null;
  }

  #claim(key: bigint): Entry | number | null {
    for (const slot of this.#inTurn(key)) {
      const state = Atomics.load(this.#states, this.#state(slot));
      if (state !== FREE && !this.#isOver(slot) && !(state === DONE && this.#shape.evicts)) continue;
      if (Atomics.compareExchange(this.#states, this.#state(slot), state, CLAIMED) !== state) continue;
      Atomics.store(this.#keys, this.#key(slot), key);
      this.#until[this.#time(slot)] = this.#now() + lostMs;
      Atomics.store(this.#states, this.#state(slot), PENDING);
      // Another worker may have claimed another place at the same time: the first place counts.
      const first = this.#find(key);
      if (first === null || first === slot) return { kind: 'mine', slot };
      this.giveUp(slot);
      return first;
    }
    return null;
  }

  #read(slot: number, key: bigint): string | null {
    if (Atomics.load(this.#states, this.#state(slot)) !== DONE) return null;
    const length = Atomics.load(this.#states, this.#state(slot) + 1);
    const start = slot * this.#slotBytes + slotHeader;
    // Who takes a place over writes the key before the text.
    const text = Buffer.from(this.#bytes.slice(start, start + length)).toString('utf8');
    return Atomics.load(this.#keys, this.#key(slot)) === key ? text : null;
  }

  async #settled(slot: number): Promise<void> {
    const waits = Atomics.waitAsync(this.#states, this.#state(slot), PENDING, lostMs);
    if (waits.async) await waits.value;
  }

  #settle(slot: number, state: number): void {
    Atomics.store(this.#states, this.#state(slot), state);
    Atomics.notify(this.#states, this.#state(slot));
  }

  /** A state with the key of the slot written: between the two there are only a few instructions. */
  #stateWritten(slot: number): number {
    let state = Atomics.load(this.#states, this.#state(slot));
    for (let i = 0; state === CLAIMED && i < 10_000; i++) state = Atomics.load(this.#states, this.#state(slot));
    return state;
  }

  #isOver(slot: number): boolean {
    return this.#now() > (this.#until[this.#time(slot)] ?? 0);
  }

  #state(slot: number): number {
    return (slot * this.#slotBytes) / Int32Array.BYTES_PER_ELEMENT;
  }

  #key(slot: number): number {
    return (slot * this.#slotBytes + 8) / BigUint64Array.BYTES_PER_ELEMENT;
  }

  #time(slot: number): number {
    return (slot * this.#slotBytes + 16) / Float64Array.BYTES_PER_ELEMENT;
  }

  /** The places of a key, those first whose text is good for the shortest time. */
  #inTurn(key: bigint): readonly number[] {
    const until = (slot: number): number =>
      Atomics.load(this.#states, this.#state(slot)) === FREE ? 0 : (this.#until[this.#time(slot)] ?? 0);
    return this.#shape.evicts ? this.#places(key).toSorted((a, b) => until(a) - until(b)) : this.#places(key);
  }

  #places(key: bigint): number[] {
    const { slots } = this.#shape;
    const first = Number(key % BigInt(slots));
    return Array.from({ length: ways }, (_, i) => (first + i) % slots).toSorted((a, b) => a - b);
  }
}
