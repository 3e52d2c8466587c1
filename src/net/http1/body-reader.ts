import type { HeaderList } from '../http/headers.ts';
import type { RequestBodySink } from '../http/inbound.ts';
import { UNKNOWN_LENGTH, type BodyMode } from '../http/message.ts';
import { ChunkedDecoder, type ChunkSink } from './chunked-decoder.ts';

/** Reads one request body from the connection's bytes and hands it to a sink, or drops it. */
export class BodyReader implements ChunkSink {
  done = false;
  trailers: HeaderList | null = null;
  /** The sink asked for a pause during `read`. */
  held = false;
  /** Fixed once the first byte is read. */
  mode: BodyMode = 'payload';
  #left: number;
  #decoder: ChunkedDecoder | null = null;
  #sink: RequestBodySink | null = null;

  /** @param length Bytes, or `UNKNOWN_LENGTH` for chunked. */
  constructor(length: number) {
    this.#left = length;
  }

  /** True when what is left is known and at most `bytes`. */
  fitsIn(bytes: number): boolean {
    return this.#left !== UNKNOWN_LENGTH && this.#left <= bytes;
  }

  /** Reads from `at`; returns the offset after the body's last byte. A null sink drops. Throws on broken framing. */
  read(bytes: Buffer, at: number, sink: RequestBodySink | null): number {
    if (this.#left !== UNKNOWN_LENGTH) {
      const end = Math.min(bytes.length, at + this.#left);
      this.#left -= end - at;
      this.done = this.#left === 0;
      if (sink !== null && end > at && !sink.data(bytes.subarray(at, end))) this.held = true;
      return end;
    }
    const decoder = (this.#decoder ??= new ChunkedDecoder(this, this.mode));
    this.#sink = sink;
    const end = decoder.feed(bytes, at);
    this.#sink = null;
    if (decoder.done) {
      this.done = true;
      this.trailers = this.mode === 'payload' ? decoder.trailers : null;
    }
    return end;
  }

  chunkPayload(bytes: Buffer): void {
    if (this.#sink?.data(bytes) === false) this.held = true;
  }

  chunkFramed(bytes: Buffer): void {
    if (this.#sink?.data(bytes) === false) this.held = true;
  }
}
