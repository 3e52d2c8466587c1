import type { HeaderList } from '../http/headers.ts';
import type { OutboundCall } from '../http/outbound.ts';

/** A request whose way is not known yet: keeps what it is told until it is. */
export class DeferredCall implements OutboundCall {
  /** It was given up before its way was known. */
  aborted = false;
  #call: OutboundCall | null = null;
  #paused = false;
  #parts: Uint8Array[] = [];
  #ended = false;
  #trailers: HeaderList | null = null;

  /** Goes on as `call`, which was made with a handler of its own; `onDrain` is for a body that waited. */
  become(call: OutboundCall, onDrain: () => void): void {
    this.#call = call;
    let accepts = true;
    for (const part of this.#parts) accepts = call.write(part);
    const waited = this.#parts.length > 0;
    this.#parts = [];
    if (this.#paused) call.pause();
    if (this.#ended) call.end(this.#trailers);
    else if (waited && accepts) onDrain();
  }

  write(chunk: Uint8Array): boolean {
    if (this.#call !== null) return this.#call.write(chunk);
    this.#parts.push(chunk);
    return false;
  }

  end(trailers: HeaderList | null): void {
    if (this.#call !== null) this.#call.end(trailers);
    this.#ended = true;
    this.#trailers = trailers;
  }

  abort(): void {
    this.aborted = true;
    this.#parts = [];
    this.#call?.abort();
  }

  pause(): void {
    this.#paused = true;
    this.#call?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#call?.resume();
  }
}
