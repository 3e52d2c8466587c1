/**
 * HTTP fields in the order received: names in lower case, values as received with the bytes as Latin-1 code units.
 * A flat array keeps it to one allocation and makes writing a head a simple loop.
 */
export class HeaderList {
  /** Name, value, name, value … */
  readonly flat: string[];
  /** Names as received, by lower-case name; null unless the connection preserves case (`headerCase: preserve`). */
  original: Map<string, string> | null = null;

  constructor(flat: string[] = []) {
    this.flat = flat;
  }

  /** Number of field lines. */
  get size(): number {
    return this.flat.length >> 1;
  }

  /** The first value of `name` (lower case), or undefined. */
  get(name: string): string | undefined {
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return flat[i + 1];
    return undefined;
  }

  /** All values of `name` as one list value (RFC 9110 §5.3), or undefined. */
  combined(name: string): string | undefined {
    const { flat } = this;
    let value: string | undefined;
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] === name) value = value === undefined ? flat[i + 1] : `${value}, ${flat[i + 1]}`;
    }
    return value;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Adds a field line. `name` is lower case; both were checked by the caller. */
  append(name: string, value: string): void {
    this.flat.push(name, value);
  }

  /** Replaces all lines of `name` by one. */
  set(name: string, value: string): void {
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] !== name) continue;
      flat[i + 1] = value;
      this.#removeFrom(name, i + 2);
      return;
    }
    flat.push(name, value);
  }

  /** Removes all lines of `name`. */
  delete(name: string): void {
    this.#removeFrom(name, 0);
  }

  /** A copy that can be changed alone. */
  clone(): HeaderList {
    const copy = new HeaderList(this.flat.slice());
    copy.original = this.original;
    return copy;
  }

  /** `[name, value]` for each line. */
  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (let i = 0; i < this.flat.length; i += 2) yield [this.flat[i] ?? '', this.flat[i + 1] ?? ''];
  }

  #removeFrom(name: string, start: number): void {
    const { flat } = this;
    let write = start;
    while (write < flat.length && flat[write] !== name) write += 2;
    if (write >= flat.length) return;
    for (let read = write + 2; read < flat.length; read += 2) {
      if (flat[read] === name) continue;
      flat[write] = flat[read] ?? '';
      flat[write + 1] = flat[read + 1] ?? '';
      write += 2;
    }
    flat.length = write;
  }
}
