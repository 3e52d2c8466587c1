/** Host name matching of the Gateway API (HTTPRouteSpec.hostnames): exact, then the longest wildcard, then any. */

/** Host of an authority, lower case, without port and trailing dot; IPv6 literals keep their brackets. */
export function hostOf(authority: string): string {
  let end = authority.length;
  const colon = authority.lastIndexOf(':');
  if (colon !== -1 && authority.indexOf(']', colon) === -1) end = colon;
  if (end > 1 && authority.charCodeAt(end - 1) === 0x2e) end--;
  const host = end === authority.length ? authority : authority.slice(0, end);
  return host.toLowerCase();
}

/** Values by host name pattern; lookups give every pattern that fits, most specific first. */
export class HostTable<T> {
  readonly #exact: Map<string, T> = new Map();
  /** `*.example.com` is kept as `.example.com`. */
  readonly #suffixes: Map<string, T> = new Map();
  #any: T | null = null;

  /** The value for `pattern` (a lower-case name, `*.suffix`, or undefined for any), made by `create` when new. */
  at(pattern: string | undefined, create: () => T): T {
    if (pattern === undefined || pattern === '*') return (this.#any ??= create());
    const wild = pattern.startsWith('*.');
    const table = wild ? this.#suffixes : this.#exact;
    const key = wild ? pattern.slice(1) : pattern;
    let value = table.get(key);
    if (value === undefined) table.set(key, (value = create()));
    return value;
  }

  /** Calls `visit` with each value whose pattern fits `host`, until it returns something else than null. */
  find<R>(host: string, visit: (value: T) => R | null): R | null {
    const exact = this.#exact.get(host);
    if (exact !== undefined) {
      const found = visit(exact);
      if (found !== null) return found;
    }
    if (this.#suffixes.size > 0) {
      for (let dot = host.indexOf('.', 1); dot !== -1; dot = host.indexOf('.', dot + 1)) {
        const value = this.#suffixes.get(host.slice(dot));
        if (value === undefined) continue;
        const found = visit(value);
        if (found !== null) return found;
      }
    }
    return this.#any === null ? null : visit(this.#any);
  }
}

/** The part of two patterns that both cover (a route's host name seen through its listener's), or null when there is none. */
export function intersectHostnames(listener: string | undefined, route: string | undefined): string | undefined | null {
  if (listener === undefined || listener === '*') return route;
  if (route === undefined || route === '*') return listener;
  if (covers(listener, route)) return route;
  return covers(route, listener) ? listener : null;
}

function covers(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  return pattern.startsWith('*.') && name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1;
}
