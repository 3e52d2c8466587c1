import { createHash } from 'node:crypto';

/** Names that fit; beyond them names are given out without memory of who had them. */
const capacity = 65_536;
const wordsOfEntry = 2;

/**
 * Who was the first to have a name, in memory that all workers share: they agree on names, and a name that a client has
 * seen does not move to another server. Each entry is a hash of the name, then one of its owner. Nothing is ever taken
 * out; only the name of an owner that is no more can be had by another.
 */
export class SharedNames {
  readonly #words: BigInt64Array;

  /** @param buffer What {@link makeBuffer} made, the same in all workers. */
  constructor(buffer: SharedArrayBuffer) {
    this.#words = new BigInt64Array(buffer);
  }

  static makeBuffer(): SharedArrayBuffer {
    return new SharedArrayBuffer(capacity * wordsOfEntry * BigInt64Array.BYTES_PER_ELEMENT);
  }

  /** The names of one list of one set of targets. @param scope Names of different scopes have nothing to do with each other. */
  claims(scope: string, targets: readonly string[]): NameClaims {
    const owners = targets.map(hashOf);
    const keyOf = (list: string, name: string): bigint => hashOf(`${scope}\0${list}\0${name}`);
    return {
      take: (list, name, target, force) => this.#take(keyOf(list, name), owners[target] ?? 0n, owners, force),
      looking: {
        take: (list, name, target, force) => force || this.#mayTake(keyOf(list, name), owners[target] ?? 0n, owners),
      },
    };
  }

  #take(name: bigint, owner: bigint, owners: readonly bigint[], force: boolean): boolean {
    const at = this.#find(name, true);
    if (at === -1) return true;
    for (;;) {
      const held = Atomics.load(this.#words, at);
      if (held === owner) return true;
      if (held !== 0n && owners.includes(held) && !force) return false;
      if (Atomics.compareExchange(this.#words, at, held, owner) === held) return true;
    }
  }

  /** What {@link SharedNames.#take} would say. */
  #mayTake(name: bigint, owner: bigint, owners: readonly bigint[]): boolean {
    const at = this.#find(name, false);
    const held = at === -1 ? 0n : Atomics.load(this.#words, at);
    return held === owner || !owners.includes(held);
  }

  /** Where the owner of a name stands; -1 when there is no room for more names. */
  #find(name: bigint, enter: boolean): number {
    const first = Number(BigInt.asUintN(32, name)) % capacity;
    for (let i = 0; i < capacity; i++) {
      const at = ((first + i) % capacity) * wordsOfEntry;
      const held = enter ? Atomics.compareExchange(this.#words, at, 0n, name) : Atomics.load(this.#words, at);
      if (held === name || (held === 0n && enter)) return at + 1;
      if (held === 0n) return -1;
    }
    return -1;
  }
}

/** Who may have which name. */
export interface NameClaims {
  /**
   * True when a target has, or from now on has, a name.
   * @param target Its place among the targets.
   * @param force The file says so, whoever had it before.
   */
  take(list: 'tools' | 'prompts', name: string, target: number, force: boolean): boolean;
  /** The same without taking: for a part of the targets, before it is known what the others have. */
  readonly looking?: NameClaims;
}

/** Never 0, which stands for nothing. */
function hashOf(text: string): bigint {
  const hash = createHash('sha256').update(text).digest().readBigInt64LE(0);
  return hash === 0n ? 1n : hash;
}
