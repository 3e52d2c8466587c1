import { TargetError } from '../transports/transport.ts';

/** Counts processes over all workers. */
export interface ProcessCount {
  /** False when there are as many as may be. */
  tryAcquire(): boolean;
  release(): void;
}

/** A number that metrics show. */
export interface ProcessGauge {
  add(by: number): void;
}

/** Who could do without a process. */
export interface Spare {
  /** Ends processes that nobody uses. */
  endUnused(): void;
}

/** How many processes the targets of a backend may run. */
export class ProcessBudget {
  readonly #count: ProcessCount;
  readonly #max: number;
  readonly #pools = new Set<Spare>();

  /** @param max What `count` allows, for the error. */
  constructor(count: ProcessCount, max: number) {
    this.#count = count;
    this.#max = max;
  }

  /** Asks it to give way when there are too many. */
  add(pool: Spare): void {
    this.#pools.add(pool);
  }

  /**
   * Takes the place of a process; gives it back when called again, once.
   * @throws TargetError when there is none. Processes that nobody uses give way, for the next that asks.
   */
  take(gauge: ProcessGauge): () => void {
    if (!this.#count.tryAcquire()) {
      for (const pool of this.#pools) pool.endUnused();
      throw new TargetError(`cannot be started: ${this.#max} processes run already (mcp.limits.maxProcesses)`, {
        limit: 'processes',
      });
    }
    gauge.add(1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      gauge.add(-1);
      this.#count.release();
    };
  }
}
