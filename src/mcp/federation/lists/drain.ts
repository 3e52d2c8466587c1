import type { Logger } from '../../../base/logger.ts';
import { mcpLimits } from '../../limits.ts';
import type { McpLimits } from '../../../model/mcp.ts';
import { TargetError } from '../../transports/transport.ts';
import type { ListKind } from '../../wire/2025-11-25/lists.ts';
import { readHints, strictest, uncacheable, type CacheHints } from '../../wire/2026-07-28/cache-hints.ts';
import { eachElement, locate, type Span } from '../../wire/json-text.ts';
import { codes, isObject } from '../../wire/jsonrpc.ts';
import { itemIcons, withSafeIcons } from '../../adapt/icons.ts';
import { toolFault } from '../calls/call-fields.ts';
import type { ListItem } from './catalogue.ts';
import type { ListLimit } from './entry.ts';
import { errorMessage } from '../upstream/error-message.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** All items of a list, and how long they are good. */
export interface Drained {
  readonly items: ListItem[];
  /** The strictest of its pages' (2026-07-28, caching). */
  readonly hints: CacheHints;
  /** What cut it. */
  readonly limit: ListLimit;
}

/** All pages of a list, within bounds. A server without the method has an empty one. Rejects with TargetError. */
export async function drainList(upstream: Upstream, kind: ListKind, limits: McpLimits, log: Logger): Promise<Drained> {
  const items: ListItem[] = [];
  const seen = new Set<string>();
  let params = '';
  let hints: CacheHints | null = null;
  for (let page = 1; ; page++) {
    const reply = await upstream.request(upstream.mintId(), kind.method, params, null, mcpLimits.listTimeoutMs);
    if (reply.kind === 'error') {
      if (isObject(reply.outcome) && reply.outcome['code'] === codes.methodNotFound) {
        return { items, hints: uncacheable, limit: '' };
      }
      throw new TargetError(`failed to answer ${kind.method}: ${errorMessage(reply)}`);
    }
    const own = readHints(reply.outcome);
    hints = hints === null ? own : strictest(hints, own);
    readPage(reply.outcome, reply.bodyText, kind, items);
    if (kind.name === 'tools' && upstream.byHeaders) dropFaulty(items, upstream, log);
    const cursor = isObject(reply.outcome) ? reply.outcome['nextCursor'] : undefined;
    const more = typeof cursor === 'string';
    if (items.length > limits.maxItems || (more && items.length === limits.maxItems)) {
      items.length = limits.maxItems;
      log.warn(`mcp: ${kind.method} of target ${upstream.name} is cut: more than ${limits.maxItems} items`);
      return { items, hints, limit: 'items' };
    }
    if (!more) return { items, hints, limit: '' };
    if (seen.has(cursor) || page === limits.maxPages) {
      const again = seen.has(cursor);
      const why = again ? 'a cursor came again' : `more than ${limits.maxPages} pages`;
      log.warn(`mcp: ${kind.method} of target ${upstream.name} is cut: ${why}`, { items: items.length });
      return { items, hints, limit: again ? '' : 'pages' };
    }
    seen.add(cursor);
    params = JSON.stringify({ cursor });
  }
}

/** Tools whose headers cannot be made must not be shown (2026-07-28, transports). */
function dropFaulty(items: ListItem[], upstream: Upstream, log: Logger): void {
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i];
    const fault = item === undefined ? null : toolFault(item.text);
    if (item === undefined || fault === null) continue;
    log.warn(`mcp: a tool of target ${upstream.name} is left out: ${fault}`, { tool: item.key });
    items.splice(i, 1);
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
    const item = withSafeIcons(text.slice(start, end), itemIcons);
    const keyAt: Span[] = [];
    locate(item, 0, [kind.field], keyAt);
    items.push({ key, text: item, keyAt });
  });
}
