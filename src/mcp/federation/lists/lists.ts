import { after, cancelTimer, sleep, type Timer } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { McpLimits } from '../../../model/mcp.ts';
import { mcpLimits } from '../../limits.ts';
import { listKinds, type ListName } from '../../wire/2025-11-25/lists.ts';
import { type CacheHints } from '../../wire/2026-07-28/cache-hints.ts';
import { codes, RpcError } from '../../wire/jsonrpc.ts';
import { askList } from './ask-list.ts';
import type { Catalogue, CatalogueCache, TargetList } from './catalogue.ts';
import {
  failedEntry,
  hintsOf,
  isDown,
  isFresh,
  isListed,
  limitOf,
  staleEntry,
  type Entry,
  type ListLimit,
} from './entry.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** What the lists of a session need. */
export interface ListsContext {
  readonly upstreams: readonly Upstream[];
  readonly cache: CatalogueCache;
  readonly failOpen: boolean;
  /** What is shown depends on who asks. */
  readonly perCaller: boolean;
  readonly limits: McpLimits;
  readonly log: Logger;
  /** The client may have seen something else of a target than what it would see now. */
  onShift(names: readonly ListName[]): void;
}

const allNames = Object.keys(listKinds) as readonly ListName[];

/**
 * The merged lists of one session. What a server said is shown again only while its hints allow, while its open stream
 * would tell of a change, or for the target's `listTtl`; for finding what a name leads to it is good for longer. Items
 * of a target that cannot be reached leave the lists while their names stay taken.
 */
export class Lists {
  readonly #context: ListsContext;
  #entries: Partial<Record<ListName, (Entry | null)[]>> = {};
  #merged: Partial<Record<ListName, Catalogue>> = {};
  #loading: Partial<Record<ListName, Promise<Catalogue>>> = {};
  /** Targets that are being asked, by `list:target`. */
  #asking: Map<string, Promise<void>> | null = null;
  /** Those of them that are being asked for longer than anybody waits. */
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
    const entries = this.#entries[name];
    if (merged !== undefined && entries?.every((_, target) => this.#isFresh(name, target)) === true) return merged;
    return (this.#loading[name] ??= this.#load(name).finally(() => {
      delete this.#loading[name];
    }));
  }

  /** What the names of some targets lead to, without asking the others: enough where all names say their target. */
  some(name: ListName, targets: readonly number[]): Catalogue | Promise<Catalogue> {
    const { cache } = this.#context;
    const entries = this.#entriesOf(name);
    const recent = targets.map((target) => (entries[target] === null ? cache.recentList(name, target) : null));
    const part = (): Catalogue =>
      cache.part(
        name,
        entries.map((entry, target) => ({
          list: targets.includes(target) ? (entry?.list ?? recent[targets.indexOf(target)] ?? null) : null,
          down: isDown(entry),
        })),
      );
    const missing = targets.filter((target, i) => recent[i] === null && !this.#isFresh(name, target));
    return missing.length === 0 ? part() : this.#refreshAll(name, missing).then(part);
  }

  /** What is known without asking, however old, or what another session saw just now. */
  known(name: ListName): Catalogue | null {
    return this.#merged[name] ?? this.#context.cache.recent(name);
  }

  /** How long clients may keep what {@link get} gave just now. */
  hints(name: ListName): CacheHints {
    const hints = hintsOf(this.#entries[name] ?? []);
    return this.#context.perCaller ? { ...hints, isPublic: false } : hints;
  }

  /** The limit that made what {@link get} gave just now less than there is, or ''. */
  limit(name: ListName): ListLimit {
    return limitOf(this.#entries[name] ?? []);
  }

  /** What a target has, as far as it is known. */
  ofTarget(name: ListName, target: number): TargetList | null {
    return this.#entries[name]?.[target]?.list ?? this.#context.cache.recentList(name, target);
  }

  /** Targets that cannot be reached and whose names nobody has ever seen. */
  unseen(name: ListName): readonly number[] {
    const entries = this.#entries[name] ?? [];
    return entries.flatMap((entry, target) => (isDown(entry) && entry.list === null ? [target] : []));
  }

  /** A target's list has changed, or may have. */
  invalidate(target: number, names: readonly ListName[]): void {
    for (const name of names) {
      this.#context.cache.share.forget(name, target);
      // What is on its way may be what the list was before.
      this.#asking?.delete(`${name}:${target}`);
      const entries = this.#entries[name];
      const entry = entries?.[target];
      if (entries !== undefined && entry !== null && entry !== undefined) entries[target] = staleEntry(entry);
    }
  }

  /** A target may have another server behind it now. */
  invalidateAll(target: number): void {
    this.invalidate(target, allNames);
  }

  /** Everything is asked for again, because servers may answer otherwise now. */
  forget(): void {
    this.#entries = {};
    this.#merged = {};
    this.#asking = null;
    this.#late = null;
  }

  /** A target's connection is gone: what it has leaves the lists. */
  lost(target: number, why: string): void {
    const { cache, failOpen, onShift } = this.#context;
    const shifted = allNames.filter((name) => {
      const entries = this.#entries[name];
      const entry = entries?.[target];
      if (entries === undefined || !isListed(entry)) return false;
      cache.share.forget(name, target);
      if (!failOpen) {
        entries[target] = staleEntry(entry);
        return false;
      }
      entries[target] = failedEntry(entry.list, why, mcpLimits.firstRetryMs);
      if (entries.includes(null)) return false;
      this.#merge(name, entries);
      return true;
    });
    if (shifted.length > 0) onShift(shifted);
  }

  /** A request to a target failed, which may mean that the target did: it is asked again for what is listed of it. */
  suspect(target: number): void {
    for (const name of allNames) {
      if (!isListed(this.#entries[name]?.[target])) continue;
      this.invalidate(target, [name]);
      this.#reload(name, [target]);
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
        const down = this.#entries[name]?.flatMap((entry, target) => (isDown(entry) ? [target] : [])) ?? [];
        if (down.length > 0) this.#reload(name, down);
      }
    });
  }

  #reload(name: ListName, targets: readonly number[]): void {
    this.#load(name, targets).catch((error: unknown) => {
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

  #entriesOf(name: ListName): (Entry | null)[] {
    return (this.#entries[name] ??= this.#context.upstreams.map(() => null));
  }

  #isFresh(name: ListName, target: number): boolean {
    const entry = this.#entries[name]?.[target];
    const upstream = this.#context.upstreams[target];
    // What all sessions share is out of date for all when one of them hears of a change.
    if (upstream?.modern === true && isListed(entry)) return this.#context.cache.share.keeps(name, target, entry);
    return isFresh(entry, upstream?.hearing ?? 0);
  }

  /** @param targets Asked if they are not fresh; absent: all. */
  async #load(name: ListName, targets?: readonly number[]): Promise<Catalogue> {
    const { upstreams, log, onShift } = this.#context;
    const entries = this.#entriesOf(name);
    const before = this.#merged[name];
    const asked = targets ?? upstreams.map((_, target) => target);
    await this.#refreshAll(
      name,
      asked.filter((target) => !this.#isFresh(name, target)),
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

  async #refreshAll(name: ListName, targets: readonly number[]): Promise<void> {
    const { upstreams, failOpen, limits } = this.#context;
    const waitMs = failOpen ? limits.slowTargetMs : mcpLimits.listTimeoutMs * 2;
    const asked = targets.flatMap((target) => upstreams[target] ?? []);
    await Promise.all(asked.map((upstream) => this.#refresh(upstream, name, waitMs)));
  }

  /** Asks one target, and waits for it no longer than others should have to. */
  async #refresh(upstream: Upstream, name: ListName, waitMs: number): Promise<void> {
    const key = `${name}:${upstream.index}`;
    if (this.#late?.has(key) === true) return;
    const asked = this.#asking?.get(key) ?? this.#ask(upstream, name, key);
    const patience = new AbortController();
    const done = asked.finally(() => patience.abort());
    const late = sleep(waitMs, patience.signal).then(
      () => true,
      () => false,
    );
    if ((await Promise.race([done, late])) !== true) return;
    if (this.#asking?.has(key) === true) (this.#late ??= new Set()).add(key);
    const { cache, failOpen, log } = this.#context;
    const failure = `did not answer within ${Math.round(waitMs / 1000)} s`;
    this.#entriesOf(name)[upstream.index] = failedEntry(
      cache.last(name, upstream.index),
      failure,
      mcpLimits.firstRetryMs,
      failOpen ? 'slow_target' : '',
    );
    log.warn(`mcp: ${name} are listed without target ${upstream.name}, which ${failure}`);
  }

  #ask(upstream: Upstream, name: ListName, key: string): Promise<void> {
    const entries = this.#entriesOf(name);
    const asked: Promise<void> = askList(this.#context, upstream, name).then((entry) => {
      if (this.#entries[name] !== entries) return;
      // Whoever waits gets it, but a change that was told of meanwhile makes it good for nobody else.
      const current = this.#asking?.get(key) === asked;
      if (current) this.#asking?.delete(key);
      entries[upstream.index] = current ? entry : staleEntry(entry);
      // Before all others were asked nothing was shown yet.
      if (!current || this.#late?.delete(key) !== true || entries.includes(null)) return;
      const before = this.#merged[name];
      if (this.#merge(name, entries) !== before) this.#context.onShift([name]);
    });
    (this.#asking ??= new Map()).set(key, asked);
    return asked;
  }

  #merge(name: ListName, entries: readonly (Entry | null)[]): Catalogue {
    const { cache } = this.#context;
    const known = this.#merged[name];
    const merged = cache.merge(
      name,
      entries.map((entry) => ({ list: entry?.list ?? null, down: isDown(entry) })),
    );
    this.#merged[name] = merged;
    if (merged.degraded.length > 0) this.#probeLater();
    else this.#probeMs = mcpLimits.firstProbeMs;
    if (merged !== known) merged.remark();
    return merged;
  }
}
