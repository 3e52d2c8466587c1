import { monotonicMs } from '../../base/clock.ts';
import type { SharedCounters } from '../../telemetry/shared/counters.ts';
import type { Slots } from './messages.ts';

/** How long after the reload that removed its name a count is kept: exchanges may still end on the snapshot before. */
const leaveMs = 600_000;

/**
 * The main thread's slots, as models come and go. A count whose name no model has had for a while, and which nobody
 * holds, gives its slot back.
 */
export class SlotKeeper {
  readonly #counters: SharedCounters;
  readonly #mayLeave: (name: string) => boolean;
  readonly #now: () => number;
  /** Since when the names are in no model. */
  readonly #leaving = new Map<string, number>();

  /** @param mayLeave True for names of pure counts: their slots can be used for something else when they are 0. */
  constructor(counters: SharedCounters, mayLeave: (name: string) => boolean, now: () => number = monotonicMs) {
    this.#counters = counters;
    this.#mayLeave = mayLeave;
    this.#now = now;
  }

  /** The slots for a model that needs these names. @param areas Sizes in bytes of names that need memory of their own. */
  slotsFor(names: readonly string[], areas: ReadonlyMap<string, number> = new Map()): Slots {
    const wanted = new Set([...names, ...areas.keys()]);
    for (const name of this.#counters.directory().keys()) {
      if (wanted.has(name) || !this.#mayLeave(name)) this.#leaving.delete(name);
      else if (!this.#leaving.has(name)) this.#leaving.set(name, this.#now());
    }
    for (const [name, since] of this.#leaving) {
      if (this.#now() - since >= leaveMs && this.#counters.release(name)) this.#leaving.delete(name);
    }
    for (const name of names) this.#counters.slot(name);
    for (const [name, bytes] of areas) this.#counters.area(name, bytes);
    return this.#counters.directory();
  }
}
