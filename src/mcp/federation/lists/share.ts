import type { ListName } from '../../wire/2025-11-25/lists.ts';
import { isFresh, type Entry } from './entry.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** A list that is being asked for. */
interface Flight {
  readonly asker: Upstream;
  readonly entry: Promise<Entry>;
}

/**
 * Lists of servers without sessions, which are the same for all sessions of one authorization context (2026-07-28,
 * caching). Kept as long as their servers allow, and asked for once however many sessions want them at once.
 */
export class ListShare {
  readonly #kept = new Map<string, Entry>();
  readonly #flights = new Map<string, Flight>();

  /** The list while it is good; else what `ask` brings, or brought to the session that asked a moment before. */
  async get(name: ListName, upstream: Upstream, ask: () => Promise<Entry>): Promise<Entry> {
    const key = keyOf(name, upstream.index);
    const kept = this.#kept.get(key);
    if (kept !== undefined && isFresh(kept, 0)) return kept;
    const flight = this.#flights.get(key);
    if (flight === undefined) return this.#begin(key, upstream, ask);
    const entry = await flight.entry;
    // The session that asked for all may have ended in the middle of it.
    return entry.failure !== null && flight.asker.closed && !upstream.closed ? this.get(name, upstream, ask) : entry;
  }

  /** Whether an entry is what is kept, and good. */
  keeps(name: ListName, target: number, entry: Entry): boolean {
    return this.#kept.get(keyOf(name, target)) === entry && isFresh(entry, 0);
  }

  /** What was kept, and what is on its way, is out of date. */
  forget(name: ListName, target: number): void {
    const key = keyOf(name, target);
    this.#kept.delete(key);
    this.#flights.delete(key);
  }

  async #begin(key: string, asker: Upstream, ask: () => Promise<Entry>): Promise<Entry> {
    const flight: Flight = { asker, entry: ask() };
    this.#flights.set(key, flight);
    try {
      const entry = await flight.entry;
      const current = this.#flights.get(key) === flight;
      if (current && entry.failure === null && isFresh(entry, 0)) this.#kept.set(key, entry);
      return entry;
    } finally {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    }
  }
}

function keyOf(name: ListName, target: number): string {
  return `${name}:${target}`;
}
