import { createHash } from 'node:crypto';

/** Places where counts stand. Clients whose names fall together share one, which is rare enough. */
const places = 16_384;

/** The memory of {@link ClientCounts}, for all threads; 64 KiB a worker, which the system gives as they are used. */
export function clientCountsMemory(workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(workers * places * Int32Array.BYTES_PER_ELEMENT);
}

/** A worker died, and with it what it did for clients. */
export function forgetClients(memory: SharedArrayBuffer, worker: number): void {
  const row = new Int32Array(memory, worker * places * Int32Array.BYTES_PER_ELEMENT, places);
  for (let place = 0; place < places; place++) Atomics.store(row, place, 0);
}

/** How much of one kind each client has in all workers: bounded for each, so that one cannot take what is for all. */
export class ClientCounts {
  readonly #counts: Int32Array;
  readonly #worker: number;

  /** @param worker Whose share is counted here. */
  constructor(memory: SharedArrayBuffer, worker: number) {
    this.#counts = new Int32Array(memory);
    this.#worker = worker;
  }

  /**
   * Takes one of `max`; what gives it back, or null when the client has as many as it may.
   * @param client With the kind, for what is counted apart.
   */
  take(client: string, max: number): (() => void) | null {
    const place = createHash('sha256').update(client).digest().readUInt32BE(0) % places;
    const own = this.#worker * places + place;
    Atomics.add(this.#counts, own, 1);
    let given = false;
    const giveBack = (): void => {
      if (!given) Atomics.sub(this.#counts, own, 1);
      given = true;
    };
    let held = 0;
    for (let at = place; at < this.#counts.length; at += places) held += Atomics.load(this.#counts, at);
    if (held <= max) return giveBack;
    giveBack();
    return null;
  }
}
