import type { Exchange } from './exchange.ts';

/** Where one concept keeps something of its own for each exchange; an exchange that keeps nothing pays nothing. */
export class ExchangeSlot<T extends object> {
  set(x: Exchange, value: T): void {
    x.keep(this, value);
  }

  /** What was set last; null: nothing. */
  get(x: Exchange): T | null {
    return (x.kept(this) as T | undefined) ?? null;
  }
}
