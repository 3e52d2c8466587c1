import { after, cancelTimer, every, type Timer } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import { random } from '../../../base/random.ts';
import type { HealthCheckSpec } from '../../../model/health.ts';
import type { Member } from './member.ts';
import { probe, type Probed } from './probe.ts';

/** How often the state of endpoints is shown in metrics. */
const showMs = 250;

/** An endpoint that is watched. */
export interface Watched {
  readonly member: Member;
  /** Null: nobody asks it, requests tell. */
  readonly check: HealthCheckSpec | null;
  readonly probed: Probed;
  /** Backend and address, for people. */
  readonly label: string;
  /** Shows whether it gets requests. */
  readonly show: (gets: boolean) => void;
}

/** Asks endpoints whether they are well, for the whole process: only one worker has one of these that does something. */
export class Probes {
  readonly #active: boolean;
  readonly #log: Logger;
  readonly #watches = new Map<string, Watch>();
  #timer: Timer | null = null;

  constructor(active: boolean, log: Logger) {
    this.#active = active;
    this.#log = log;
  }

  /**
   * Watches an endpoint until the result is called. Uses with the same key are one: so a reload does not begin anew.
   *
   * @param key What the names of the endpoint's counts begin with.
   */
  watch(key: string, watched: Watched): () => void {
    if (!this.#active) return () => undefined;
    let entry = this.#watches.get(key);
    if (entry === undefined) {
      entry = new Watch(this.#log);
      this.#watches.set(key, entry);
    }
    const watch = entry;
    watch.add(watched);
    this.#timer ??= every(showMs, () => this.#show());
    return () => {
      if (!watch.remove(watched)) return;
      this.#watches.delete(key);
      if (this.#watches.size > 0) return;
      cancelTimer(this.#timer);
      this.#timer = null;
    };
  }

  #show(): void {
    for (const watch of this.#watches.values()) watch.show();
  }
}

/** One endpoint, however many uses it has. */
class Watch {
  readonly #log: Logger;
  readonly #uses: Watched[] = [];
  #timer: Timer | null = null;
  #stop: (() => void) | null = null;
  /** Answers of the same kind in a row: good ones above 0, failures below. */
  #inARow = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(watched: Watched): void {
    this.#uses.push(watched);
    if (watched.check !== null && this.#timer === null && this.#stop === null) this.#ask();
    this.show();
  }

  /** True when nobody uses it any more. */
  remove(watched: Watched): boolean {
    const at = this.#uses.indexOf(watched);
    if (at >= 0) this.#uses.splice(at, 1);
    // What is under way may go through what the leaving use gave back.
    this.#stop?.();
    this.#stop = null;
    if (this.#uses.length > 0) {
      if (this.#timer === null) this.#later();
      return false;
    }
    cancelTimer(this.#timer);
    watched.show(false);
    return true;
  }

  show(): void {
    const use = this.#uses.at(-1);
    use?.show(!use.member.isOut);
  }

  #ask(): void {
    this.#timer = null;
    const use = this.#uses.at(-1);
    if (use === undefined || use.check === null) return;
    const { check } = use;
    this.#stop = probe(check.probe, use.probed, check.timeoutMs, (isWell) => {
      this.#stop = null;
      this.#heard(use, check, isWell);
      this.#later();
    });
  }

  /** The next time, a little early or late so that not all are asked at once. */
  #later(): void {
    const intervalMs = this.#uses.at(-1)?.check?.intervalMs;
    if (intervalMs !== undefined) this.#timer = after(intervalMs * (0.9 + random() * 0.2), () => this.#ask());
  }

  #heard({ member, label }: Watched, check: HealthCheckSpec, isWell: boolean): void {
    this.#inARow = isWell ? Math.max(0, this.#inARow) + 1 : Math.min(0, this.#inARow) - 1;
    const isDown = member.down.get() !== 0;
    if (isDown && this.#inARow >= check.healthyThreshold) {
      member.down.set(0);
      member.restart();
      this.#log.info('an endpoint is well again', { endpoint: label });
    } else if (!isDown && -this.#inARow >= check.unhealthyThreshold) {
      member.down.set(1);
      this.#log.warn('an endpoint is not well', { endpoint: label, failures: -this.#inARow });
    }
    this.show();
  }
}
