import type { Inbound, InboundObserver } from '../net/http/inbound.ts';

/** A local response whose body is written over time, such as server-sent events. */
export class ResponseStream implements InboundObserver {
  /** The client has read what was written; a `write` had returned false. */
  onDrained: (() => void) | null;
  readonly #inbound: Inbound;
  #open: boolean;

  constructor(inbound: Inbound) {
    this.#inbound = inbound;
    this.#open = true;
    this.onDrained = null;
  }

  /** Sends bytes (text as UTF-8). False: the client reads slowly; wait for {@link onDrained}. */
  write(chunk: Uint8Array | string): boolean {
    return this.#open ? this.#inbound.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk) : false;
  }

  /** Ends the response. */
  end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#inbound.end(null);
  }

  /** Cuts the response so that the client can tell. */
  abort(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#inbound.abort();
  }

  onDrain(): void {
    this.onDrained?.();
  }

  onClosed(): void {
    this.#open = false;
  }
}
