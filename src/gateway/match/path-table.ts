import { compileRegex } from '../../expr/regex/safe-regex.ts';
import type { PathMatch } from '../../model/route.ts';

/**
 * Entries by path, looked up in the Gateway API's precedence: exact, then the longest prefix, then regex. Prefixes match
 * whole segments: `/foo` matches `/foo` and `/foo/bar`, not `/foobar`.
 */
export class PathTable<T> {
  readonly #exact: Map<string, T[]> = new Map();
  readonly #prefixes: Map<string, T[]> = new Map();
  readonly #regexes: { readonly test: (path: string) => boolean; readonly length: number; readonly entries: T[] }[] =
    [];

  /** Adds an entry; entries of one path keep the order in which they were added. Throws RegexError for a bad pattern. */
  add(match: PathMatch, entry: T): void {
    if (match.kind === 'regex') {
      const regex = compileRegex(match.value, { fullMatch: true });
      this.#regexes.push({ test: (path) => regex.test(path), length: match.value.length, entries: [entry] });
      this.#regexes.sort((a, b) => b.length - a.length);
      return;
    }
    const table = match.kind === 'exact' ? this.#exact : this.#prefixes;
    const key = match.kind === 'exact' ? match.value : trimSlash(match.value);
    const entries = table.get(key);
    if (entries === undefined) table.set(key, [entry]);
    else entries.push(entry);
  }

  /** Calls `visit` with the entries that fit `path`, best first, until it returns something else than null. */
  find<R>(path: string, visit: (entries: readonly T[]) => R | null): R | null {
    const exact = this.#exact.get(path);
    if (exact !== undefined) {
      const found = visit(exact);
      if (found !== null) return found;
    }
    if (this.#prefixes.size > 0) {
      const found = this.#findPrefix(path, visit);
      if (found !== null) return found;
    }
    for (const regex of this.#regexes) {
      if (!regex.test(path)) continue;
      const found = visit(regex.entries);
      if (found !== null) return found;
    }
    return null;
  }

  #findPrefix<R>(path: string, visit: (entries: readonly T[]) => R | null): R | null {
    let end = path.length;
    while (end > 0) {
      const entries = this.#prefixes.get(end === path.length ? path : path.slice(0, end));
      if (entries !== undefined) {
        const found = visit(entries);
        if (found !== null) return found;
      }
      end = path.lastIndexOf('/', end - 1);
    }
    const root = this.#prefixes.get('');
    return root === undefined ? null : visit(root);
  }
}

/** A prefix without its trailing slash: `/foo/` and `/foo` are the same prefix, `/` is ''. */
export function trimSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
}
