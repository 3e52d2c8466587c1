import type { Drops } from '../../pivot/drops.ts';
import type { CacheHint } from '../../pivot/request.ts';

/** An object that is being written. */
export type Written = Record<string, unknown>;

/** Most `cache_control` members that the API takes in one request. */
const most = 4;

const lifetimes: ReadonlySet<string> = new Set(['5m', '1h']);

/** Puts `cache_control` on what is written, in the order of the prompt, and keeps to the API's limit. */
export class CacheMarks {
  readonly #marked: Written[] = [];
  readonly #drops: Drops;

  constructor(drops: Drops) {
    this.#drops = drops;
  }

  /** Marks `block` where the client asks for it; gives it back. */
  mark(block: Written, cache: CacheHint | undefined): Written {
    if (cache === undefined) return block;
    const keepsTtl = cache.ttl !== undefined && lifetimes.has(cache.ttl);
    if (cache.ttl !== undefined && !keepsTtl) this.#drops.hint('cache_control.ttl');
    block['cache_control'] = { type: 'ephemeral', ...(keepsTtl ? { ttl: cache.ttl } : {}) };
    this.#marked.push(block);
    return block;
  }

  /** Removes marks beyond the limit: the first stays, for the stable prefix, and the last three, for the long ones. */
  limit(): void {
    const excess = this.#marked.length - most;
    if (excess <= 0) return;
    this.#drops.hint('cache_control');
    for (const block of this.#marked.slice(1, 1 + excess)) delete block['cache_control'];
  }
}
