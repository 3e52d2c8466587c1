import type { KeyRing } from '../../session/key-ring.ts';
import { Sealer } from '../../session/sealer.ts';

/** Where the next page of a list begins. */
export interface Position {
  /** The list and what it held, as {@link Catalogue.version} says. */
  readonly version: string;
  readonly offset: number;
}

/**
 * Cursors that only we can read and make: a position, sealed for one MCP backend. They hold no owner: a page is made of what
 * whoever asks may see, and first pages are kept as bytes, cursor included, for all who see the same.
 */
export class Cursors {
  readonly #sealer: Sealer;

  /** @param scope Cursors of one scope mean nothing in another. */
  constructor(keys: KeyRing, scope: string) {
    this.#sealer = new Sealer(keys, `cursor ${scope}`);
  }

  seal({ version, offset }: Position): string {
    return this.#sealer.seal(`${offset}:${version}`);
  }

  /** The position in a cursor, or null when we did not make it. */
  open(cursor: string): Position | null {
    const text = this.#sealer.open(cursor);
    if (text === null) return null;
    const colon = text.indexOf(':');
    return { offset: Number(text.slice(0, colon)), version: text.slice(colon + 1) };
  }
}
