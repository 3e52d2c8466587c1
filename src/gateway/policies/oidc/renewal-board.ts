import { wallMs } from '../../../base/clock.ts';
import { areaPrefix } from '../../rate-limit/areas.ts';

/** Renewals that workers can have in common at once; further ones go on alone. */
const slots = 64;
/** Places where one renewal may stand. */
const ways = 8;
/** Bytes of the longest text: a session as long as cookies may hold. */
const longest = 24_576;

const slotHeader = 32;
const slotBytes = slotHeader + longest;

/** Name and size of the board's memory, which all workers share. */
export const renewalsArea: { readonly name: string; readonly bytes: number } = {
  name: `${areaPrefix}oidc renewals`,
  bytes: slots * slotBytes,
};

const FREE = 0;
/** Someone is about to write whose it is. */
const CLAIMED = 1;
const PENDING = 2;
const DONE = 3;

/** How long the result of a renewal is kept, and how long one may take before it is given up for lost. */
const keptMs = 60_000;
const lostMs = 15_000;

/** What {@link RenewalBoard.enter} says: do it yourself and tell the board, or the text that another worker published. */
export type Entry = { readonly kind: 'mine'; readonly slot: number } | { readonly kind: 'text'; readonly text: string };

/**
 * Where workers tell each other which sessions they renew: the first does it, the others wait for what it publishes,
 * which is sealed. So a refresh token is used once in a process, and not once in each worker.
 */
export class RenewalBoard {
  readonly #states: Int32Array;
  readonly #keys: BigUint64Array;
  readonly #times: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #now: () => number;

  /** @param memory As long as {@link renewalsArea} says, zeros at first. */
  constructor(memory: SharedArrayBuffer, now: () => number = wallMs) {
    this.#states = new Int32Array(memory);
    this.#keys = new BigUint64Array(memory);
    this.#times = new Float64Array(memory);
    this.#bytes = new Uint8Array(memory);
    this.#now = now;
  }

  /** Joins the renewal of a key; null when the board has no room for it. */
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

  /** The renewal that was entered has ended with this text; a longer one than fits is as if it had failed. */
  publish(slot: number, text: string): void {
    const start = slot * slotBytes + slotHeader;
    const bytes = Buffer.from(text, 'latin1');
    if (bytes.byteLength > longest) return this.giveUp(slot);
    this.#bytes.set(bytes, start);
    this.#states[this.#state(slot) + 1] = bytes.byteLength;
    this.#times[this.#time(slot)] = this.#now();
    return this.#settle(slot, DONE);
  }

  /** The renewal that was entered has failed: who waits for it tries by itself. */
  giveUp(slot: number): void {
    this.#settle(slot, FREE);
  }

  /** The slot where a renewal of this key stands, under way or done not long ago. */
  #find(key: bigint): number | null {
    for (const slot of places(key)) {
      const state = this.#stateWritten(slot);
      if (state < PENDING || Atomics.load(this.#keys, this.#key(slot)) !== key) continue;
      if (!this.#isOver(slot, state)) return slot;
    }
    return null;
  }

  #claim(key: bigint): Entry | number | null {
    for (const slot of places(key)) {
      const state = Atomics.load(this.#states, this.#state(slot));
      if (state !== FREE && !this.#isOver(slot, state)) continue;
      if (Atomics.compareExchange(this.#states, this.#state(slot), state, CLAIMED) !== state) continue;
      Atomics.store(this.#keys, this.#key(slot), key);
      this.#times[this.#time(slot)] = this.#now();
      Atomics.store(this.#states, this.#state(slot), PENDING);
      // Another worker may have claimed an earlier place at the same time: the first place counts.
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
    const start = slot * slotBytes + slotHeader;
    // What is read while another takes the place over is no sealed text of this key, and nobody can open it.
    const text = Buffer.from(this.#bytes.slice(start, start + length)).toString('latin1');
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

  #isOver(slot: number, state: number): boolean {
    return this.#now() - (this.#times[this.#time(slot)] ?? 0) > (state === DONE ? keptMs : lostMs);
  }

  #state(slot: number): number {
    return (slot * slotBytes) / Int32Array.BYTES_PER_ELEMENT;
  }

  #key(slot: number): number {
    return (slot * slotBytes + 8) / BigUint64Array.BYTES_PER_ELEMENT;
  }

  #time(slot: number): number {
    return (slot * slotBytes + 16) / Float64Array.BYTES_PER_ELEMENT;
  }
}

function places(key: bigint): number[] {
  const first = Number(key % BigInt(slots));
  return Array.from({ length: ways }, (_, i) => (first + i) % slots).toSorted((a, b) => a - b);
}
