import { after, cancelTimer, type Timer } from '../../base/clock.ts';

/**
 * Keeps notifications apart that several workers bring of one change. The first goes on at once; those that come within a
 * moment after it make one more together, since one of them may be of another change.
 */
export class Echoes {
  readonly #windowMs: number;
  readonly #recent = new Map<string, { again: (() => void) | null; timer: Timer }>();

  /** @param windowMs How far apart the notifications of one change may come. */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** A notification was delivered by other ways. @param key Equal for all of one change. */
  delivered(key: string): void {
    if (!this.#recent.has(key)) this.#open(key);
  }

  /** Delivers a notification, now or in a moment. */
  hear(key: string, deliver: () => void): void {
    const recent = this.#recent.get(key);
    if (recent !== undefined) {
      recent.again = deliver;
      return;
    }
    this.#open(key);
    deliver();
  }

  close(): void {
    for (const { timer } of this.#recent.values()) cancelTimer(timer);
    this.#recent.clear();
  }

  #open(key: string): void {
    const timer = after(this.#windowMs, () => {
      const again = this.#recent.get(key)?.again ?? null;
      this.#recent.delete(key);
      if (again === null) return;
      this.#open(key);
      again();
    });
    this.#recent.set(key, { again: null, timer });
  }
}
