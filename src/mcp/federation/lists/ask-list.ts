/** Asks one target for one list, and finds out how long the answer is good. */
import { monotonicMs } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { McpLimits } from '../../../model/mcp.ts';
import { mcpLimits } from '../../limits.ts';
import { TargetError } from '../../transports/transport.ts';
import { listKinds, type ListKind, type ListName } from '../../wire/2025-11-25/lists.ts';
import type { CatalogueCache } from './catalogue.ts';
import { drainList } from './drain.ts';
import { failedEntry, type Entry } from './entry.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** What asking needs. */
export interface AskContext {
  readonly cache: CatalogueCache;
  readonly limits: McpLimits;
  readonly log: Logger;
}

/** What a target lists; its failure is an entry, too. */
export async function askList(context: AskContext, upstream: Upstream, name: ListName): Promise<Entry> {
  try {
    const wait = upstream.ready();
    if (wait !== null) await wait;
    const kind = listKinds[name];
    // Capabilities hold for a whole connection, so a list that is not there stays so.
    if (upstream.hello?.[kind.capability] !== true) return missing(upstream);
    if (!upstream.modern) return await askWatched(context, upstream, kind);
    return await context.cache.share.get(name, upstream, () => askKept(context, upstream, kind));
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return failure(context, upstream, name, error);
  }
}

/** The target has no such list, until it is greeted anew. */
function missing({ modern, discovery }: Upstream): Entry {
  const { ttlMs, isPublic } = discovery;
  const keptUntil = modern ? monotonicMs() + ttlMs : 0;
  return { list: null, until: Infinity, hearing: 0, keptUntil, isPublic: modern && isPublic, failure: null, limit: '' };
}

/** A server with sessions: its list is the session's own, and good while its stream would tell of a change. */
async function askWatched({ cache, limits, log }: AskContext, upstream: Upstream, kind: ListKind): Promise<Entry> {
  const asked = monotonicMs();
  const hearing = upstream.hello?.[`${kind.capability}ListChanged`] === true ? upstream.hearing : 0;
  const { items, limit } = await drainList(upstream, kind, limits, log);
  const list = cache.list(kind.name, upstream.index, items);
  const until = asked + cache.listTtlMs(upstream.index);
  return { list, until, hearing, keptUntil: until, isPublic: false, failure: null, limit };
}

/** A server without sessions: its list is good for as long as the server says. */
async function askKept(context: AskContext, upstream: Upstream, kind: ListKind): Promise<Entry> {
  const { cache, limits, log } = context;
  const asked = monotonicMs();
  try {
    const { items, hints, limit } = await drainList(upstream, kind, limits, log);
    const list = cache.list(kind.name, upstream.index, items);
    const until = asked + hints.ttlMs;
    return { list, until, hearing: 0, keptUntil: until, isPublic: hints.isPublic, failure: null, limit };
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return failure(context, upstream, kind.name, error);
  }
}

function failure({ cache, log }: AskContext, upstream: Upstream, name: ListName, error: TargetError): Entry {
  log.warn(`mcp: ${listKinds[name].method} is incomplete: target ${upstream.name} ${error.message}`);
  return failedEntry(cache.last(name, upstream.index), error.message, mcpLimits.firstRetryMs);
}
