/** A worker as what it minted names it. */
export interface Place {
  /** Random text of the process, new at every start. */
  readonly run: string;
  /** The worker's number. */
  readonly worker: number;
  /** Counts the workers that had this number. */
  readonly generation: number;
}

/** What a worker is told of itself and the others. Structured-cloneable. */
export interface RosterSeed {
  readonly own: Place;
  /** The generation of each worker that serves, 0 where none does; shared by all threads. */
  readonly living: SharedArrayBuffer;
}

/** The memory of {@link RosterSeed.living}. */
export function livingWorkers(workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(workers * Int32Array.BYTES_PER_ELEMENT);
}

/** Which workers of this process live, as each of them sees it at any moment. */
export class Roster {
  /** This worker. */
  readonly own: Place;
  readonly #living: Int32Array;

  constructor({ own, living }: RosterSeed) {
    this.own = own;
    this.#living = new Int32Array(living);
  }

  /** This worker serves from now on. */
  arrive(): void {
    Atomics.store(this.#living, this.own.worker, this.own.generation);
  }

  /** Whether it is this very worker. */
  isOwn({ run, worker, generation }: Place): boolean {
    return run === this.own.run && worker === this.own.worker && generation === this.own.generation;
  }

  /** Whether the worker still lives, and in this process. */
  isLive(place: Place): boolean {
    const { run, worker, generation } = place;
    return this.isOwn(place) || (run === this.own.run && Atomics.load(this.#living, worker) === generation);
  }

  /** The numbers of the other workers that serve. */
  others(): readonly number[] {
    const numbers = Array.from(this.#living, (_, worker) => worker);
    return numbers.filter((worker) => worker !== this.own.worker && Atomics.load(this.#living, worker) !== 0);
  }

  /**
   * The number of the worker that goes on with what a lost worker began: the same in all workers, as long as the same
   * ones live. A replacement does not get its predecessor's, so that nothing moves again when it arrives.
   * @param seed Spreads things over workers: 32 bits that the thing always has.
   */
  heir(lost: Place, seed: number): number {
    const predecessor = lost.run === this.own.run ? lost.worker : -1;
    let heir = this.own.worker;
    let highest = -1;
    for (let worker = 0; worker < this.#living.length; worker++) {
      if (worker !== this.own.worker && Atomics.load(this.#living, worker) === 0) continue;
      const rank = worker === predecessor ? 0 : mixed(seed, worker) + 1;
      if (rank <= highest) continue;
      highest = rank;
      heir = worker;
    }
    return heir;
  }
}

/** The main thread's side: worker `worker` is gone. */
export function markLost(living: SharedArrayBuffer, worker: number): void {
  Atomics.store(new Int32Array(living), worker, 0);
}

/** 32 bits that look random in both arguments (the finalizer of MurmurHash3). */
function mixed(seed: number, worker: number): number {
  let bits = seed ^ Math.imul(worker + 1, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
