import { GatewayError } from '../../../base/errors.ts';

/** What LLM requests and answers may hold in memory in the whole process. */
export interface MemoryBudget {
  /** Bytes in which it counts. */
  readonly unit: number;
  /** False: it would be too much. */
  take(units: number): boolean;
  give(units: number): void;
}

/** What one exchange holds in memory. */
export class HeldBytes {
  readonly #budget: MemoryBudget;
  #bytes: number;
  #units: number;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
    this.#bytes = 0;
    this.#units = 0;
  }

  /** @throws GatewayError `overloaded` where the process holds too much already. */
  add(bytes: number): void {
    const units = Math.ceil((this.#bytes + bytes) / this.#budget.unit) - this.#units;
    if (units > 0 && !this.#budget.take(units)) {
      throw new GatewayError('overloaded', 'the gateway holds as many LLM bodies as its memory allows', {
        retryAfter: 1,
      });
    }
    this.#bytes += bytes;
    this.#units += Math.max(0, units);
  }

  /** Gives everything back; more can be held afterwards. */
  release(): void {
    if (this.#units > 0) this.#budget.give(this.#units);
    this.#bytes = 0;
    this.#units = 0;
  }
}
