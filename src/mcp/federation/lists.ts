import { monotonicMs } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { mcpLimits } from '../limits.ts';
import { TargetError } from '../transports/transport.ts';
import { listKinds, type ListKind, type ListName } from '../wire/2025-11-25/lists.ts';
import { eachElement, locate, type Span } from '../wire/json-text.ts';
import { codes, isObject, RpcError } from '../wire/jsonrpc.ts';
import type { Catalogue, CatalogueCache, ListItem, TargetList } from './catalogue.ts';
import { errorMessage, type Upstream } from './upstream.ts';

interface Entry {
  /** Null: the target has no such list, or could not be asked. */
  readonly list: TargetList | null;
  readonly loadedAt: number;
  /** The server was able to tell us of changes ever since. */
  readonly watched: boolean;
  readonly failed: boolean;
}

/** What the lists of a session need. */
export interface ListsContext {
  readonly upstreams: readonly Upstream[];
  readonly cache: CatalogueCache;
  readonly failOpen: boolean;
  readonly log: Logger;
}

/** The merged lists of one session, kept until a server says that its own changed, or for a few seconds where it cannot. */
export class Lists {
  readonly #context: ListsContext;
  #entries: Partial<Record<ListName, (Entry | null)[]>> = {};
  #merged: Partial<Record<ListName, Catalogue>> = {};
  #loading: Partial<Record<ListName, Promise<Catalogue>>> = {};

  constructor(context: ListsContext) {
    this.#context = context;
  }

  /** The list over all targets. Rejects with RpcError when a target fails and the rest may not be shown without it. */
  get(name: ListName): Catalogue | Promise<Catalogue> {
    const merged = this.#merged[name];
    if (merged !== undefined && this.#isFresh(name)) return merged;
    return (this.#loading[name] ??= this.#load(name).finally(() => {
      delete this.#loading[name];
    }));
  }

  /** What is known without asking, however old, or what another session saw just now. */
  known(name: ListName): Catalogue | null {
    return this.#merged[name] ?? this.#context.cache.recent(name);
  }

  /** A target's list has changed. */
  invalidate(target: number, names: readonly ListName[]): void {
    for (const name of names) {
      const entries = this.#entries[name];
      if (entries !== undefined) entries[target] = null;
    }
  }

  #isFresh(name: ListName): boolean {
    const entries = this.#entries[name];
    if (entries === undefined) return false;
    let now = -1;
    for (const [i, entry] of entries.entries()) {
      if (entry === null) return false;
      if (entry.watched && this.#context.upstreams[i]?.hears === true) continue;
      if (now === -1) now = monotonicMs();
      if (now - entry.loadedAt > (entry.failed ? mcpLimits.firstRetryMs : mcpLimits.listFreshMs)) return false;
    }
    return true;
  }

  async #load(name: ListName): Promise<Catalogue> {
    const { upstreams, cache, log } = this.#context;
    const entries = (this.#entries[name] ??= upstreams.map(() => null));
    await Promise.all(
      upstreams.map(async (upstream, i) => {
        const loaded = await this.#ask(upstream, listKinds[name]);
        entries[i] = loaded;
      }),
    );
    const known = this.#merged[name];
    const merged = cache.merge(
      name,
      entries.map((entry) => entry?.list ?? null),
    );
    if (merged !== known && merged.clashes.length > 0) {
      log.warn(`mcp: targets share names of ${name}`, { names: merged.clashes.slice(0, 20).join(', ') });
    }
    this.#merged[name] = merged;
    return merged;
  }

  async #ask(upstream: Upstream, kind: ListKind): Promise<Entry> {
    const loadedAt = monotonicMs();
    try {
      const wait = upstream.ready();
      if (wait !== null) await wait;
      const hello = upstream.hello;
      const tells = hello?.[`${kind.capability}ListChanged`] === true;
      // Capabilities hold for a whole connection, so a list that is not there stays so.
      if (hello?.[kind.capability] !== true) return { list: null, loadedAt, watched: true, failed: false };
      const watched = tells && upstream.hears;
      const items = await drain(upstream, kind, this.#context.log);
      return { list: this.#context.cache.list(items), loadedAt, watched, failed: false };
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      if (!this.#context.failOpen) {
        throw new RpcError(codes.internalError, `MCP server "${upstream.name}" ${error.message}`);
      }
      this.#context.log.warn(`mcp: ${kind.method} is incomplete: target ${upstream.name} ${error.message}`);
      return { list: null, loadedAt, watched: false, failed: true };
    }
  }
}

/** All pages of a list. A server without the method has an empty one. */
async function drain(upstream: Upstream, kind: ListKind, log: Logger): Promise<ListItem[]> {
  const items: ListItem[] = [];
  const seen = new Set<string>();
  let params = '';
  for (let page = 1; ; page++) {
    const reply = await upstream.request(upstream.mintId(), kind.method, params, null, mcpLimits.listTimeoutMs);
    if (reply.kind === 'error') {
      if (isObject(reply.outcome) && reply.outcome['code'] === codes.methodNotFound) return items;
      throw new TargetError(`failed to answer ${kind.method}: ${errorMessage(reply)}`);
    }
    readPage(reply.outcome, reply.bodyText, kind, items);
    const cursor = isObject(reply.outcome) ? reply.outcome['nextCursor'] : undefined;
    if (typeof cursor !== 'string') return items;
    if (seen.has(cursor) || page === mcpLimits.maxPages || items.length > mcpLimits.maxListItems) {
      log.warn(`mcp: ${kind.method} of target ${upstream.name} does not end; cut`, { items: items.length, page });
      return items;
    }
    seen.add(cursor);
    params = JSON.stringify({ cursor });
  }
}

function readPage(result: unknown, text: string, kind: ListKind, items: ListItem[]): void {
  const values = isObject(result) ? result[kind.name] : undefined;
  if (!Array.isArray(values)) throw new TargetError(`answered ${kind.method} without ${kind.name}`);
  const arrays: Span[] = [];
  locate(text, 0, [kind.name], arrays);
  let i = 0;
  eachElement(text, arrays.at(-1)?.start ?? 0, (start, end) => {
    const value: unknown = values[i++];
    const key = isObject(value) ? value[kind.field] : undefined;
    // An item that cannot be named cannot be used.
    if (typeof key !== 'string') return;
    const item = text.slice(start, end);
    const keyAt: Span[] = [];
    locate(item, 0, [kind.field], keyAt);
    items.push({ key, text: item, keyAt });
  });
}
