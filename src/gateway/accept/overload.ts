import { cancelTimer, every, type Timer } from '../../base/clock.ts';
import { loadProbe, type LoadProbe } from '../../base/load-probe.ts';
import type { OverloadLimits } from '../../model/defence.ts';

/** Time between two looks at the load. */
const SAMPLE_MS = 500;
/** Looks in a row that must be above a limit: one pause is no overload. */
const PATIENCE = 2;
/** How fast requests are refused, and taken again, for each look. */
const MORE = 0.2;
const FEWER = 0.1;
/** Some are always served, so that it shows when it is over. */
const MOST = 0.95;

/**
 * Refuses a part of the requests and of the new connections of a worker while it has more to do than it can: the part grows
 * while a limit is exceeded, stays while the load is near it, and shrinks below half of it.
 */
export class OverloadGuard {
  /** Share of requests and of new connections to refuse, 0 to {@link MOST}. Read for every one of them. */
  share = 0;
  #limits: OverloadLimits | null = null;
  #probe: LoadProbe | null = null;
  #timer: Timer | null = null;
  #above = 0;
  readonly #requests: Part = new Part();
  readonly #connections: Part = new Part();
  readonly #makeProbe: () => LoadProbe;

  /** @param makeProbe Called when limits begin to hold; undefined: looks at this thread. */
  constructor(makeProbe: (() => LoadProbe) | undefined) {
    this.#makeProbe = makeProbe ?? loadProbe;
  }

  /** The limits from now on; null, or zeros: none. */
  update(limits: OverloadLimits | null): void {
    const wanted = limits !== null && (limits.eventLoopDelayMs > 0 || limits.memory > 0);
    this.#limits = wanted ? limits : null;
    if (!wanted) this.close();
    else if (this.#probe === null) {
      this.#probe = this.#makeProbe();
      this.#timer = every(SAMPLE_MS, () => this.sample());
    }
  }

  /** Looks at the load and decides on {@link share}. */
  sample(): void {
    const limits = this.#limits;
    if (limits === null || this.#probe === null) return;
    const { delayMs, memory } = this.#probe.read();
    const load = Math.max(ratio(delayMs, limits.eventLoopDelayMs), ratio(memory, limits.memory));
    this.#above = load > 1 ? this.#above + 1 : 0;
    if (this.#above >= PATIENCE) this.share = Math.min(MOST, this.share + MORE);
    // Memory has no half: what is alive stays alive.
    else if (ratio(delayMs, limits.eventLoopDelayMs) < 0.5 && ratio(memory, limits.memory) < 0.95) {
      this.share = this.share <= FEWER ? 0 : this.share - FEWER;
    }
  }

  /** True for as many of the requests as {@link share} says, evenly spread. Asked only while it is not 0. */
  refuses(): boolean {
    return this.#requests.takes(this.share);
  }

  /** The same for new connections. */
  refusesConnection(): boolean {
    return this.#connections.takes(this.share);
  }

  /** When a refused client should come again, in seconds: the more are refused, the later. */
  get retryAfter(): number {
    return 1 + Math.round(this.share * 4);
  }

  /** Nothing is refused any more. */
  close(): void {
    cancelTimer(this.#timer);
    this.#probe?.close();
    this.#timer = null;
    this.#probe = null;
    this.#above = 0;
    this.share = 0;
  }
}

/** Takes a share of what comes, evenly spread. */
class Part {
  #credit = 0;

  takes(share: number): boolean {
    this.#credit += share;
    if (this.#credit < 1) return false;
    this.#credit -= 1;
    return true;
  }
}

function ratio(value: number, limit: number): number {
  return limit > 0 ? value / limit : 0;
}
