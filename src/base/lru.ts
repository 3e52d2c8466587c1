/** A map of at most `capacity` entries; the one that was used longest ago goes first. */
export class LruMap<K, V> {
  readonly #capacity: number;
  readonly #entries: Map<K, V>;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#entries = new Map();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value of a key, which counts as used now; undefined where there is none. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#capacity) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }
}
