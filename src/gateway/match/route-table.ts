import type { PathMatch, RouteMatch } from '../../model/route.ts';
import type { RequestHead } from '../../net/http/message.ts';
import { HostTable, intersectHostnames } from './hostname.ts';
import { PathTable } from './path-table.ts';
import { queryParameter } from './query.ts';
import { compileValueMatch, type ValueTest } from './value-match.ts';

/** What a lookup gives: the route and the path rule by which it was found. */
export interface RouteHit<R> {
  readonly route: R;
  readonly path: PathMatch;
}

/** One match of one route, its value tests compiled. */
class Entry<R> {
  readonly hit: RouteHit<R>;
  readonly method: string | null;
  readonly headers: readonly ValueTest[];
  readonly query: readonly ValueTest[];
  /** Position in the configuration, the last tie-breaker. */
  readonly order: number;

  constructor(route: R, match: RouteMatch, order: number) {
    this.hit = { route, path: match.path };
    this.method = match.method ?? null;
    this.headers = match.headers.map(compileValueMatch);
    this.query = match.query.map(compileValueMatch);
    this.order = order;
  }

  matches(head: RequestHead): boolean {
    if (this.method !== null && this.method !== head.method) return false;
    for (const header of this.headers) {
      const value = header.name === 'host' ? head.authority : head.headers.combined(header.name);
      if (value === undefined || !header.test(value)) return false;
    }
    for (const parameter of this.query) {
      const value = queryParameter(head.query, parameter.name);
      if (value === undefined || !parameter.test(value)) return false;
    }
    return true;
  }
}

/** A route as the table needs it. */
export interface Routable {
  readonly hostnames: readonly string[];
  readonly matches: readonly RouteMatch[];
}

/**
 * The routes of a listener in the Gateway API's precedence (HTTPRouteRule.matches): host name, path kind, path length,
 * method, number of headers, number of query parameters, position in the configuration.
 */
export class RouteTable<R> {
  readonly #hosts: HostTable<PathTable<Entry<R>>> = new HostTable();

  /**
   * @param hostname The listener's own host name, which narrows its routes'.
   * @param routes Each with what it compiles to. Throws RegexError for a bad pattern.
   */
  constructor(hostname: string | undefined, routes: Iterable<readonly [Routable, R]>) {
    const entries: { host: string | undefined; entry: Entry<R>; match: RouteMatch }[] = [];
    let order = 0;
    for (const [spec, route] of routes) {
      const hosts = new Set<string | undefined>();
      for (const name of spec.hostnames.length === 0 ? [undefined] : spec.hostnames) {
        const host = intersectHostnames(hostname, name);
        if (host !== null) hosts.add(host);
      }
      for (const match of spec.matches) {
        for (const host of hosts) entries.push({ host, entry: new Entry(route, match, order), match });
        order++;
      }
    }
    entries.sort((a, b) => moreSpecific(a.entry, b.entry));
    for (const { host, entry, match } of entries) {
      this.#hosts.at(host, () => new PathTable()).add(match.path, entry);
    }
  }

  /** The route for a request to `host` (lower case, no port), or null. */
  find(host: string, head: RequestHead): RouteHit<R> | null {
    return this.#hosts.find(host, (paths) =>
      paths.find(head.path, (entries) => {
        for (const entry of entries) if (entry.matches(head)) return entry.hit;
        return null;
      }),
    );
  }
}

function moreSpecific<R>(a: Entry<R>, b: Entry<R>): number {
  return (
    Number(b.method !== null) - Number(a.method !== null) ||
    b.headers.length - a.headers.length ||
    b.query.length - a.query.length ||
    a.order - b.order
  );
}
