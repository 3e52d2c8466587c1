import type { Exchange } from '../exchange.ts';

/** Different deciders that are named; a list may have as many as items. */
const mostNamed = 8;

/** What of a list a client does not see, and because of what. */
export class LeftOut {
  #count = 0;
  readonly #by: Set<string> = new Set();

  /** @param by The rule or the policies that decided. */
  add(by: string): void {
    this.#count += 1;
    if (this.#by.size < mostNamed) this.#by.add(by);
  }

  /** Puts it where people find it, in one line for the list. @param of How many items were decided about. */
  note(x: Exchange, action: string, of: number): void {
    const by = [...this.#by].join(', ');
    x.trace?.say('decision', { action, outcome: 'list', shown: of - this.#count, hidden: this.#count, by });
    if (this.#count > 0) x.record.leftOut(this.#count, by);
  }
}
