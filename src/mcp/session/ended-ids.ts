/** Ids that are remembered; above it those that expire first are forgotten. A power of two. */
const capacity = 65_536;
/** Places where one id may stand. */
const ways = 8;

/** The memory of {@link EndedIds}, for all threads; 12 bytes an id, which the system gives as they are used. */
export function endedIdsMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(capacity * (BigUint64Array.BYTES_PER_ELEMENT + Uint32Array.BYTES_PER_ELEMENT));
}

/**
 * Sessions that were ended before their ids expired, of all workers: whoever would go on with a lost worker's session
 * must know. In shared memory, so that it holds for all workers at once and outlives each of them.
 */
export class EndedIds {
  readonly #marks: BigUint64Array;
  /** Seconds since the epoch. */
  readonly #expiries: Uint32Array;
  readonly #now: () => number;

  /** @param now Milliseconds since the epoch. */
  constructor(memory: SharedArrayBuffer, now: () => number) {
    this.#now = now;
    this.#marks = new BigUint64Array(memory, 0, capacity);
    this.#expiries = new Uint32Array(memory, capacity * BigUint64Array.BYTES_PER_ELEMENT, capacity);
  }

  /**
   * @param mark 64 random bits of the id.
   * @param expires When nobody would take the id any more, in milliseconds since the epoch.
   */
  add(mark: bigint, expires: number): void {
    for (;;) {
      const place = this.#placeFor(mark);
      const before = Atomics.load(this.#marks, place);
      if (Atomics.compareExchange(this.#marks, place, before, mark) !== before) continue;
      Atomics.store(this.#expiries, place, Math.ceil(expires / 1000));
      return;
    }
  }

  has(mark: bigint): boolean {
    const first = firstPlace(mark);
    for (let place = first; place < first + ways; place++) {
      if (Atomics.load(this.#marks, place) === mark) return Atomics.load(this.#expiries, place) * 1000 > this.#now();
    }
    return false;
  }

  /** Where it stands, or in place of the one that expires first. */
  #placeFor(mark: bigint): number {
    const first = firstPlace(mark);
    let best = first;
    for (let place = first; place < first + ways; place++) {
      if (Atomics.load(this.#marks, place) === mark) return place;
      if (Atomics.load(this.#expiries, place) < Atomics.load(this.#expiries, best)) best = place;
    }
    return best;
  }
}

function firstPlace(mark: bigint): number {
  return Number(mark & BigInt(capacity / ways - 1)) * ways;
}
