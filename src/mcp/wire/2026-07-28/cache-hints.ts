/** How long a result may be kept, and by whom (2026-07-28, caching). */
import { isObject } from '../jsonrpc.ts';

/** What a result says of its reuse. */
export interface CacheHints {
  /** Milliseconds from its arrival. */
  readonly ttlMs: number;
  /** False: only in the authorization context that it was made for. */
  readonly isPublic: boolean;
}

/** Longest that we keep, or let others keep, what a server said. */
const MAX_TTL_MS = 3_600_000;

/** Not to be kept. */
export const uncacheable: CacheHints = { ttlMs: 0, isPublic: false };

/** The hints of a result; what is missing or makes no sense means that it is not to be kept, or is private. */
export function readHints(result: unknown): CacheHints {
  if (!isObject(result)) return uncacheable;
  const { ttlMs, cacheScope } = result;
  const ttl = typeof ttlMs === 'number' && ttlMs > 0 ? Math.min(ttlMs, MAX_TTL_MS) : 0;
  return { ttlMs: ttl, isPublic: cacheScope === 'public' };
}

/** What holds for several results together. */
export function strictest(a: CacheHints, b: CacheHints): CacheHints {
  return { ttlMs: Math.min(a.ttlMs, b.ttlMs), isPublic: a.isPublic && b.isPublic };
}

/** The members of a result that say so, as JSON text without braces. */
export function hintMembers({ ttlMs, isPublic }: CacheHints): string {
  return `"ttlMs":${ttlMs},"cacheScope":"${isPublic ? 'public' : 'private'}"`;
}
