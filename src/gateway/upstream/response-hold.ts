import { GatewayError } from '../../base/errors.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { ResponseHead } from '../../net/http/message.ts';
import type { Exchange } from '../exchange.ts';
import type { ResponseSink } from './response-sink.ts';

/** Keeps a response from the client until all of it has come (the `buffer` policy). */
export class ResponseHold implements ResponseSink {
  readonly #x: Exchange;
  readonly #head: ResponseHead;
  readonly #limit: { readonly maxBytes: number; readonly failOpen: boolean };
  #chunks: Buffer[];
  #size: number;
  #released: boolean;

  constructor(x: Exchange, head: ResponseHead, limit: { readonly maxBytes: number; readonly failOpen: boolean }) {
    this.#x = x;
    this.#head = head;
    this.#limit = limit;
    this.#chunks = [];
    this.#size = 0;
    this.#released = false;
  }

  /** False: the client reads slowly (only once the hold was given up). */
  data(chunk: Buffer): boolean {
    if (this.#released) return this.#x.inbound.write(chunk);
    this.#chunks.push(Buffer.from(chunk));
    this.#size += chunk.byteLength;
    if (this.#size <= this.#limit.maxBytes) return true;
    if (this.#limit.failOpen) return this.#release();
    this.#chunks = [];
    this.#x.fail(new GatewayError('responseTooLarge'));
    return true;
  }

  end(trailers: HeaderList | null): void {
    if (!this.#released) {
      this.#head.bodyLength = this.#size;
      this.#release();
    }
    this.#x.inbound.end(trailers);
  }

  broken(): boolean {
    return false;
  }

  close(): void {
    this.#chunks = [];
  }

  #release(): boolean {
    this.#released = true;
    if (!this.#x.begin(this.#head)) return true;
    this.#x.inbound.respond(this.#head, 'payload');
    let more = true;
    for (const chunk of this.#chunks) more = this.#x.inbound.write(chunk) && more;
    this.#chunks = [];
    return more;
  }
}
