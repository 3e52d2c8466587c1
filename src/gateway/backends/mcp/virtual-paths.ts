import { GatewayError } from '../../../base/errors.ts';

/** Where the endpoint that shows everything is, unless a virtual server is there. */
const MAIN_PATH = '/mcp';

/** Finds what answers on a path: the virtual server with the longest path that it is, or lies below. */
export class VirtualPaths<T> {
  readonly #byLength: readonly { readonly path: string; readonly below: string; readonly value: T }[];
  readonly #replaced: boolean;

  constructor(entries: readonly { readonly path: string; readonly value: T }[]) {
    this.#byLength = entries
      .map(({ path, value }) => ({ path, below: path.endsWith('/') ? path : `${path}/`, value }))
      .toSorted((a, b) => b.path.length - a.path.length);
    this.#replaced = entries.some(({ path }) => path === MAIN_PATH);
  }

  /** Null: the endpoint that shows everything. Throws `routeNotFound` where one of the virtual servers took its place. */
  find(path: string): T | null {
    for (const entry of this.#byLength) if (path === entry.path || path.startsWith(entry.below)) return entry.value;
    if (this.#replaced) throw new GatewayError('routeNotFound');
    return null;
  }
}
