import type { HeaderList } from '../net/http/headers.ts';
import type { Inbound, InboundObserver } from '../net/http/inbound.ts';
import type { BodyCapture } from './body-capture.ts';

/** A local response whose body is written over time, such as server-sent events. */
export class ResponseStream implements InboundObserver {
  /** The client has read what was written; a `write` had returned false. */
  onDrained: (() => void) | null;
  readonly #inbound: Inbound;
  readonly #capture: BodyCapture | null;
  readonly #trailers: (() => HeaderList) | null;
  #open: boolean;

  /** @param trailers Asked at the end; null: there are none. */
  constructor(inbound: Inbound, capture: BodyCapture | null, trailers: (() => HeaderList) | null) {
    this.#inbound = inbound;
    this.#capture = capture;
    this.#trailers = trailers;
    this.#open = true;
    this.onDrained = null;
  }

  /** Sends bytes (text as UTF-8). False: the client reads slowly; wait for {@link onDrained}. */
  write(chunk: Uint8Array | string): boolean {
    if (!this.#open) return false;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    this.#capture?.chunk(bytes);
    return this.#inbound.write(bytes);
  }

  /** Ends the response. */
  end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#inbound.end(this.#trailers?.() ?? null);
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
