/** Values by server name pattern; the most specific pattern that fits a name counts (RFC 6066 §3, RFC 9525 §6.3). */
export class ServerNames<T> {
  readonly #exact: Map<string, T> = new Map();
  /** `*.example.com` is kept as `.example.com`. */
  readonly #suffixes: Map<string, T> = new Map();
  #any: T | null = null;

  /** The first value of a pattern stays. @param pattern A lower-case name, `*.suffix`, or undefined for any. */
  add(pattern: string | undefined, value: T): void {
    if (pattern === undefined || pattern === '*') {
      this.#any ??= value;
      return;
    }
    const wild = pattern.startsWith('*.');
    const table = wild ? this.#suffixes : this.#exact;
    const key = wild ? pattern.slice(1) : pattern;
    if (!table.has(key)) table.set(key, value);
  }

  /** The value for a lower-case name, or for a client that sent none (''). */
  select(name: string): T | null {
    const exact = this.#exact.get(name);
    if (exact !== undefined) return exact;
    if (this.#suffixes.size > 0) {
      for (let dot = name.indexOf('.', 1); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        const value = this.#suffixes.get(name.slice(dot));
        if (value !== undefined) return value;
      }
    }
    return this.#any;
  }
}
