import { createHash } from 'node:crypto';

/** Bytes of a key's id, as they stand in what it sealed. */
export const KEY_ID_BYTES = 4;
/** Keys that a ring can hold; further ones, which are the oldest, are left out. */
export const mostKeys = 8;

const KEY_BYTES = 32;
/** Two counters before the keys: how often they changed (odd: about to), and how many there are. */
const CHANGES = 0;
const COUNT = 1;
const HEAD_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT;

interface RingKey {
  readonly id: Buffer;
  readonly key: Uint8Array;
}

/** Memory of a {@link KeyRing}, for all threads, with these keys in it. */
export function keyRingMemory(keys: readonly Uint8Array[]): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(HEAD_BYTES + mostKeys * KEY_BYTES);
  writeKeys(memory, keys);
  return memory;
}

/** Puts these keys, each of 32 bytes, in place of those before; only ever called in one thread. */
export function writeKeys(memory: SharedArrayBuffer, keys: readonly Uint8Array[]): void {
  if (keys.length === 0) throw new RangeError('a key ring needs a key');
  const counters = new Int32Array(memory, 0, 2);
  const kept = keys.slice(0, mostKeys);
  Atomics.add(counters, CHANGES, 1);
  Atomics.store(counters, COUNT, kept.length);
  for (const [i, key] of kept.entries()) new Uint8Array(memory, HEAD_BYTES + i * KEY_BYTES, KEY_BYTES).set(key);
  Atomics.add(counters, CHANGES, 1);
}

/**
 * The keys that seal what clients carry: the first seals, all of them open. They are in shared memory, so that all
 * workers change them at once. A key's id is the start of its digest: whoever has the same key knows it by the same id.
 */
export class KeyRing {
  readonly #memory: SharedArrayBuffer;
  readonly #counters: Int32Array;
  #seen = -1;
  #keys: readonly RingKey[] = [];

  constructor(memory: SharedArrayBuffer) {
    this.#memory = memory;
    this.#counters = new Int32Array(memory, 0, 2);
  }

  /** What seals now. */
  get current(): RingKey {
    return this.#all()[0] as RingKey;
  }

  /** The key with this id, or null. */
  find(id: Buffer): Uint8Array | null {
    for (const known of this.#all()) if (known.id.equals(id)) return known.key;
    return null;
  }

  #all(): readonly RingKey[] {
    for (;;) {
      const changes = Atomics.load(this.#counters, CHANGES);
      if (changes === this.#seen) return this.#keys;
      if (changes % 2 !== 0) continue;
      const keys = this.#read();
      // Written meanwhile: what was read may be half old, half new.
      if (Atomics.load(this.#counters, CHANGES) !== changes) continue;
      this.#seen = changes;
      this.#keys = keys;
    }
  }

  #read(): RingKey[] {
    return Array.from({ length: Atomics.load(this.#counters, COUNT) }, (_, i) => {
      const key = Uint8Array.from(new Uint8Array(this.#memory, HEAD_BYTES + i * KEY_BYTES, KEY_BYTES));
      return { id: createHash('sha256').update(key).digest().subarray(0, KEY_ID_BYTES), key };
    });
  }
}
