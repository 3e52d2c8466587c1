import { after, cancelTimer, monotonicMs, sleep, type Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { McpLimits } from '../../model/mcp.ts';
import { mcpLimits } from '../limits.ts';
import { TargetError } from '../transports/transport.ts';
import { listKinds, type ListKind, type ListName } from '../wire/2025-11-25/lists.ts';
import { codes, RpcError } from '../wire/jsonrpc.ts';
import type { Catalogue, CatalogueCache, TargetList } from './catalogue.ts';
import { drainList } from './drain.ts';
import type { Upstream } from './upstream.ts';

interface Entry {
  /** Null: the target has no such list, or none was ever seen. */
  readonly list: TargetList | null;
  readonly loadedAt: number;
  /** The server was able to tell us of changes ever since. */
  readonly watched: boolean;
  /** Why it could not be asked; null when it was. */
  readonly failure: string | null;
}

/** What the lists of a session need. */
export interface ListsContext {
  readonly upstreams: readonly Upstream[];
  readonly cache: CatalogueCache;
  readonly failOpen: boolean;
  readonly limits: McpLimits;
  readonly log: Logger;
  /** The client may have seen something else of a target than what it would see now. */
  onShift(names: readonly ListName[]): void;
}

/** True when the target was asked and could not answer. */
function isDown(entry: Entry | null | undefined): entry is Entry & { readonly failure: string } {
  return entry !== null && entry !== undefined && entry.failure !== null;
}

/** True when clients see items of the target. */
function isListed(entry: Entry | null | undefined): entry is Entry & { readonly list: TargetList } {
  return entry !== null && entry !== undefined && entry.failure === null && entry.list !== null;
}

const allNames = Object.keys(listKinds) as readonly ListName[];

/**
 * The merged lists of one session, kept until a server says that its own changed, or for a few seconds where it cannot.
 * Items of a target that cannot be reached leave the lists while their names stay taken.
 */
export class Lists {
  readonly #context: ListsContext;
  #entries: Partial<Record<ListName, (Entry | null)[]>> = {};
  #merged: Partial<Record<ListName, Catalogue>> = {};
  #loading: Partial<Record<ListName, Promise<Catalogue>>> = {};
  /** Targets that are being asked for longer than anybody waits: `list:target`. */
  #late: Set<string> | null = null;
  #probe: Timer | null = null;
  #probeMs: number = mcpLimits.firstProbeMs;
  #closed = false;

  constructor(context: ListsContext) {
    this.#context = context;
  }

  /** The list as the client may see it. Rejects with RpcError when targets fail that may not be missed, or all do. */
  get(name: ListName): Catalogue | Promise<Catalogue> {
    const table = this.table(name);
    if (table instanceof Promise) return table.then((catalogue) => this.#checked(name, catalogue));
    return this.#checked(name, table);
  }

  /** The same for finding what a name leads to: whatever is known, whoever fails. */
  table(name: ListName): Catalogue | Promise<Catalogue> {
    const merged = this.#merged[name];
    if (merged !== undefined && this.#isFresh(name)) return merged;
    return (this.#loading[name] ??= this.#load(name).finally(() => {
      delete this.#loading[name];
    }));
  }

  /** What the names of some targets lead to, without asking the others: enough where all names say their target. */
  async some(name: ListName, targets: readonly number[]): Promise<Catalogue> {
    const { upstreams, cache, failOpen, limits } = this.#context;
    const entries = (this.#entries[name] ??= upstreams.map(() => null));
    const waitMs = failOpen ? limits.slowTargetMs : mcpLimits.listTimeoutMs * 2;
    await Promise.all(
      targets.flatMap((target) => {
        const upstream = upstreams[target];
        if (upstream === undefined || this.#isFreshEntry(entries[target] ?? null, target)) return [];
        entries[target] = cache.fresh(name, target);
        return entries[target] === null ? [this.#refresh(upstream, name, entries, waitMs)] : [];
      }),
    );
    return cache.part(
      name,
      entries.map((entry, target) => ({
        list: targets.includes(target) ? (entry?.list ?? null) : null,
        down: isDown(entry),
      })),
    );
  }

  /** What is known without asking, however old, or what another session saw just now. */
  known(name: ListName): Catalogue | null {
    return this.#merged[name] ?? this.#context.cache.recent(name);
  }

  /** What a target has, as far as it is known. */
  ofTarget(name: ListName, target: number): TargetList | null {
    return this.#entries[name]?.[target]?.list ?? null;
  }

  /** Targets that cannot be reached and whose names nobody has ever seen. */
  unseen(name: ListName): readonly number[] {
    const entries = this.#entries[name] ?? [];
    return entries.flatMap((entry, target) => (isDown(entry) && entry.list === null ? [target] : []));
  }

  /** A target's list has changed. */
  invalidate(target: number, names: readonly ListName[]): void {
    for (const name of names) {
      const entries = this.#entries[name];
      if (entries !== undefined) entries[target] = null;
    }
  }

  /** A target's connection is gone: what it has leaves the lists. */
  lost(target: number, why: string): void {
    const shifted = allNames.filter((name) => {
      const entries = this.#entries[name];
      const entry = entries?.[target];
      if (entries === undefined || !isListed(entry)) return false;
      if (!this.#context.failOpen) {
        entries[target] = null;
        return false;
      }
      entries[target] = { list: entry.list, loadedAt: monotonicMs(), watched: false, failure: why };
      this.#merge(name, entries);
      return true;
    });
    if (shifted.length > 0) this.#context.onShift(shifted);
  }

  /** A request to a target failed, which may mean that the target did: it is asked again for what is listed of it. */
  suspect(target: number): void {
    for (const name of allNames) {
      const entry = this.#entries[name]?.[target];
      if (!isListed(entry)) continue;
      this.invalidate(target, [name]);
      this.#reload(name);
    }
  }

  /** Asks nobody any more. */
  close(): void {
    this.#closed = true;
    cancelTimer(this.#probe);
    this.#probe = null;
  }

  /** While a target is missing, asks for it now and then, so that clients learn that it is back. */
  #probeLater(): void {
    if (this.#probe !== null || this.#closed || !this.#context.failOpen) return;
    this.#probe = after(this.#probeMs, () => {
      this.#probe = null;
      this.#probeMs = Math.min(this.#probeMs * 2, mcpLimits.lastProbeMs);
      for (const name of allNames) {
        if (this.#entries[name]?.some(isDown) === true) this.#reload(name);
      }
    });
  }

  #reload(name: ListName): void {
    Promise.resolve(this.table(name)).catch((error: unknown) => {
      this.#context.log.error('mcp: a list could not be made', { list: name, error: String(error) });
    });
  }

  #checked(name: ListName, catalogue: Catalogue): Catalogue {
    const entries = this.#entries[name] ?? [];
    const failures = entries.flatMap((entry, i) =>
      isDown(entry) ? [`"${this.#context.upstreams[i]?.name}" ${entry.failure}`] : [],
    );
    if (failures.length > 0 && (!this.#context.failOpen || failures.length === entries.length)) {
      throw new RpcError(codes.internalError, `MCP server ${failures.join('; ')}`);
    }
    return catalogue;
  }

  #isFresh(name: ListName): boolean {
    const entries = this.#entries[name];
    return entries !== undefined && entries.every((entry, i) => this.#isFreshEntry(entry, i));
  }

  #isFreshEntry(entry: Entry | null, target: number): boolean {
    if (entry === null) return false;
    if (entry.watched && this.#context.upstreams[target]?.hears === true) return true;
    const age = monotonicMs() - entry.loadedAt;
    return age <= (entry.failure === null ? mcpLimits.listFreshMs : mcpLimits.firstRetryMs);
  }

  async #load(name: ListName): Promise<Catalogue> {
    const { upstreams, failOpen, limits, log, onShift } = this.#context;
    const entries = (this.#entries[name] ??= upstreams.map(() => null));
    const before = this.#merged[name];
    const waitMs = failOpen ? limits.slowTargetMs : mcpLimits.listTimeoutMs * 2;
    await Promise.all(
      upstreams.flatMap((upstream, i) =>
        this.#isFreshEntry(entries[i] ?? null, i) ? [] : [this.#refresh(upstream, name, entries, waitMs)],
      ),
    );
    const merged = this.#merge(name, entries);
    if (before === undefined || before === merged) return merged;
    const was = before.degraded.join();
    const is = merged.degraded.join();
    if (was !== is) {
      log.warn(`mcp: ${name} are listed ${is === '' ? 'whole again' : `without those of ${is}`}`);
      onShift([name]);
    }
    return merged;
  }

  /** Asks one target, and waits for it no longer than others should have to. */
  async #refresh(upstream: Upstream, name: ListName, entries: (Entry | null)[], waitMs: number): Promise<void> {
    const key = `${name}:${upstream.index}`;
    if (this.#late?.has(key) === true) return;
    const patience = new AbortController();
    const asked = this.#ask(upstream, listKinds[name]).then((entry) => {
      entries[upstream.index] = entry;
      if (this.#late?.delete(key) !== true) return;
      const before = this.#merged[name];
      if (this.#merge(name, entries) !== before) this.#context.onShift([name]);
    });
    const done = asked.finally(() => patience.abort());
    const late = sleep(waitMs, patience.signal).then(
      () => true,
      () => false,
    );
    if ((await Promise.race([done, late])) !== true) return;
    (this.#late ??= new Set()).add(key);
    const list = this.#context.cache.last(name, upstream.index);
    const failure = `did not answer within ${Math.round(waitMs / 1000)} s`;
    entries[upstream.index] = { list, loadedAt: monotonicMs(), watched: false, failure };
    this.#context.log.warn(`mcp: ${name} are listed without target ${upstream.name}, which ${failure}`);
  }

  #merge(name: ListName, entries: readonly (Entry | null)[]): Catalogue {
    const { cache, log } = this.#context;
    const known = this.#merged[name];
    const merged = cache.merge(
      name,
      entries.map((entry) => ({ list: entry?.list ?? null, down: isDown(entry) })),
    );
    this.#merged[name] = merged;
    if (merged.degraded.length > 0) this.#probeLater();
    else this.#probeMs = mcpLimits.firstProbeMs;
    if (merged === known) return merged;
    const { clashes, shortened } = merged.merged;
    if (clashes.length > 0) log.warn(`mcp: targets share names of ${name}`, { names: clashes.slice(0, 20).join(', ') });
    if (shortened.length > 0) {
      log.warn(`mcp: names of ${name} are too long and shown shortened`, { names: shortened.slice(0, 20).join(', ') });
    }
    return merged;
  }

  async #ask(upstream: Upstream, kind: ListKind): Promise<Entry> {
    const loadedAt = monotonicMs();
    const { cache, limits, log } = this.#context;
    try {
      const wait = upstream.ready();
      if (wait !== null) await wait;
      const hello = upstream.hello;
      const tells = hello?.[`${kind.capability}ListChanged`] === true;
      // Capabilities hold for a whole connection, so a list that is not there stays so.
      if (hello?.[kind.capability] !== true) return { list: null, loadedAt, watched: true, failure: null };
      const watched = tells && upstream.hears;
      const items = await drainList(upstream, kind, limits, log);
      return { list: cache.list(kind.name, upstream.index, items), loadedAt, watched, failure: null };
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      log.warn(`mcp: ${kind.method} is incomplete: target ${upstream.name} ${error.message}`);
      const list = cache.last(kind.name, upstream.index);
      return { list, loadedAt, watched: false, failure: error.message };
    }
  }
}
