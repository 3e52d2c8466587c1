import type { ConverseFacts } from '../../models/facts.ts';
import type { Drops } from '../../pivot/drops.ts';
import type { CacheHint } from '../../pivot/request.ts';
import type { Written } from './write-context.ts';

/** Most cache points in one request (Bedrock user guide, prompt caching). */
const most = 4;

/** Puts cache points behind what is written, in the order of the prompt, and keeps to the API's limit. */
export class CachePoints {
  readonly #points: Written[] = [];
  readonly #drops: Drops;
  readonly #facts: ConverseFacts['cache'];

  constructor(drops: Drops, facts: ConverseFacts['cache']) {
    this.#drops = drops;
    this.#facts = facts;
  }

  /** The cache point that follows what carries `cache`: one element, or none. */
  after(cache: CacheHint | undefined, amongTools = false): readonly Written[] {
    if (cache === undefined) return [];
    if (this.#facts === undefined || (amongTools && !this.#facts.tools)) {
      this.#drops.hint(amongTools ? 'tools[].cache_control' : 'cache_control');
      return [];
    }
    const keepsTtl = cache.ttl !== undefined && this.#facts.lifetimes.includes(cache.ttl);
    if (cache.ttl !== undefined && !keepsTtl) this.#drops.hint('cache_control.ttl');
    const point = { cachePoint: { type: 'default', ...(keepsTtl ? { ttl: cache.ttl } : {}) } };
    this.#points.push(point);
    return [point];
  }

  /** The points beyond the limit: the first stays, for the stable prefix, and the last three, for the long ones. */
  excess(): ReadonlySet<unknown> {
    const count = this.#points.length - most;
    if (count <= 0) return new Set();
    this.#drops.hint('cache_control');
    return new Set(this.#points.slice(1, 1 + count));
  }
}
