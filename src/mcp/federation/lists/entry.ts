import { monotonicMs } from '../../../base/clock.ts';
import type { CacheHints } from '../../wire/2026-07-28/cache-hints.ts';
import type { TargetList } from './catalogue.ts';

/** What is known of one list of one target. */
export interface Entry {
  /** Null: the target has no such list, or none was ever seen. */
  readonly list: TargetList | null;
  /** Good until this monotonic time. */
  readonly until: number;
  /** Good as long as this stream of the server's goes on, as `Upstream.hearing` numbers them; 0: none tells. */
  readonly hearing: number;
  /** Until when clients may keep it, as the server says, and whether it is the same for everybody. */
  readonly keptUntil: number;
  readonly isPublic: boolean;
  /** Why the target could not be asked; null when it was. */
  readonly failure: string | null;
  /** Why it is not all that the target has, as records name limits; '' when it is, or when something else is why. */
  readonly limit: ListLimit;
}

/** What makes a list less than its target has. */
export type ListLimit = '' | 'pages' | 'items' | 'slow_target';

/** An entry for a target that could not be asked; it is left alone for `pauseMs`. */
export function failedEntry(list: TargetList | null, failure: string, pauseMs: number, limit: ListLimit = ''): Entry {
  return { list, until: monotonicMs() + pauseMs, hearing: 0, keptUntil: 0, isPublic: false, failure, limit };
}

/** The same, to be asked for again. */
export function staleEntry(entry: Entry): Entry {
  return { ...entry, until: 0, hearing: 0, keptUntil: 0 };
}

/** Whether an entry is good for showing now. @param hearing Of the target's stream. */
export function isFresh(entry: Entry | null | undefined, hearing: number): boolean {
  if (entry === null || entry === undefined) return false;
  return monotonicMs() < entry.until || (entry.hearing > 0 && entry.hearing === hearing);
}

/** True when the target was asked and could not answer. */
export function isDown(entry: Entry | null | undefined): entry is Entry & { readonly failure: string } {
  return entry !== null && entry !== undefined && entry.failure !== null;
}

/** True when clients see items of the target. */
export function isListed(entry: Entry | null | undefined): entry is Entry & { readonly list: TargetList } {
  return entry !== null && entry !== undefined && entry.failure === null && entry.list !== null;
}

/** How long what is made of all entries may be kept: as long as each of them, by everybody only if each may be. */
export function hintsOf(entries: readonly (Entry | null)[]): CacheHints {
  const now = monotonicMs();
  let until = Infinity;
  let isPublic = entries.length > 0;
  for (const entry of entries) {
    until = Math.min(until, entry === null || entry.failure !== null ? 0 : entry.keptUntil);
    isPublic &&= entry?.isPublic === true;
  }
  return { ttlMs: Math.max(0, Math.floor(Math.min(until, Number.MAX_SAFE_INTEGER) - now)), isPublic };
}

/** The first limit because of which all entries together are less than their targets have, or ''. */
export function limitOf(entries: readonly (Entry | null)[]): ListLimit {
  for (const entry of entries) if (entry !== null && entry.limit !== '') return entry.limit;
  return '';
}
