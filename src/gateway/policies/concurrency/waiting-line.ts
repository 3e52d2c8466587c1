import { after, cancelTimer, sharedMs, type Timer } from '../../../base/clock.ts';
import type { SharedPlaces, Waiting } from '../../../telemetry/shared/places.ts';

/** Looked at again after this time, whatever was heard. */
const glanceMs = 1000;

/** One that waits. */
interface Waiter extends Waiting {
  readonly key: string;
  readonly go: (admitted: boolean) => void;
  timer: Timer | null;
}

/** Who waits in this worker for places, by key: the highest priority first, then who waits longest. */
export class WaitingLines {
  readonly #places: SharedPlaces;
  readonly #lines = new Map<string, Waiter[]>();
  #watching = false;

  constructor(places: SharedPlaces) {
    this.#places = places;
  }

  /**
   * Waits for a place of `key`.
   * @param most Waiters of all workers for that key.
   * @returns Null when that many wait. Else a promise of true with a place, of false after `timeoutMs`, and how to leave
   *   before.
   */
  join(
    key: string,
    priority: number,
    most: number,
    timeoutMs: number,
  ): { readonly admitted: Promise<boolean>; leave(): void } | null {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter: Waiter = { key, priority, since: sharedMs(), go: resolve, timer: null };
    const line = this.#lines.get(key) ?? [];
    const place = line.findIndex((other) => other.priority < priority);
    const first = place === 0 ? waiter : (line[0] ?? waiter);
    if (!this.#places.join(key, first, most)) return null;
    line.splice(place === -1 ? line.length : place, 0, waiter);
    this.#lines.set(key, line);
    const leave = (): void => this.#leave(waiter);
    waiter.timer = after(timeoutMs, leave);
    // A place may have become free before it was known that somebody waits.
    this.#advance(key);
    this.#watch();
    return { admitted: promise, leave };
  }

  /** A place of this worker has become free. */
  freed(key: string): void {
    this.#advance(key);
  }

  #leave(waiter: Waiter): void {
    const line = this.#lines.get(waiter.key);
    const place = line?.indexOf(waiter) ?? -1;
    if (line === undefined || place === -1) return;
    line.splice(place, 1);
    if (line.length === 0) this.#lines.delete(waiter.key);
    this.#places.quit(waiter.key, line[0] ?? null);
    this.#end(waiter, false);
    if (place === 0) this.#advance(waiter.key);
  }

  #advance(key: string): void {
    const line = this.#lines.get(key);
    if (line === undefined) return;
    for (let [first, next] = line; first !== undefined; [first, next] = line) {
      if (!this.#places.advance(key, first, next ?? null)) return;
      line.shift();
      this.#end(first, true);
    }
    this.#lines.delete(key);
  }

  #end(waiter: Waiter, admitted: boolean): void {
    cancelTimer(waiter.timer);
    waiter.go(admitted);
  }

  /** Hears of the other workers as long as anybody waits. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const look = async (): Promise<void> => {
      while (this.#lines.size > 0) {
        const seen = this.#places.changes;
        for (const key of this.#lines.keys()) this.#advance(key);
        if (this.#lines.size > 0) await this.#places.changed(seen, glanceMs);
      }
      this.#watching = false;
    };
    void look();
  }
}
