/** How many streams each client listens on: bounded for each, so that one cannot take those of all others. */
export class ListenSlots {
  readonly #max: number;
  readonly #held = new Map<string, number>();

  /** @param max For one client. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Takes one; what gives it back, or null when the client has as many as it may. */
  take(client: string): (() => void) | null {
    const held = this.#held.get(client) ?? 0;
    if (held >= this.#max) return null;
    this.#held.set(client, held + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const left = (this.#held.get(client) ?? 1) - 1;
      if (left === 0) this.#held.delete(client);
      else this.#held.set(client, left);
    };
  }
}
