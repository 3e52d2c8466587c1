import { sealEvents, sealWhole, type IdSealer } from '../../../../llm/operations/responses-store/seal.ts';
import { EventCutter } from '../../../../llm/stream/event-cutter.ts';
import type { PassingEdit } from '../../../../llm/stream/asked-model.ts';
import type { LlmTap } from '../../../../llm/usage/tap.ts';
import type { HeaderList } from '../../../../net/http/headers.ts';
import { UNKNOWN_LENGTH, type ResponseHead } from '../../../../net/http/message.ts';
import type { Exchange } from '../../../exchange.ts';
import type { ResponseSink } from '../../../upstream/response-sink.ts';
import type { HeldBytes } from '../held-bytes.ts';

/** Longest event that is looked into. */
const MAX_EVENT = 16 * 1024 * 1024;
/** Longest answer that is held for its id, which stands near its beginning; a longer one passes as it is. */
const MAX_ANSWER = 64 * 1024 * 1024;

/** What the sink needs beside the answer. */
export interface SealedAnswerOptions {
  readonly sealer: IdSealer;
  readonly tap: LlmTap;
  readonly held: HeldBytes;
  /** Changes an answer that is no stream of events; null: nothing is changed. */
  readonly edit: PassingEdit | null;
}

/**
 * An answer of the Responses API that is passed on with the ids of its responses sealed: a stream event by event, anything
 * else when it is whole.
 */
export class SealedAnswer implements ResponseSink {
  readonly #x: Exchange;
  readonly #head: ResponseHead;
  readonly #options: SealedAnswerOptions;
  readonly #cutter: EventCutter | null;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(x: Exchange, head: ResponseHead, options: SealedAnswerOptions) {
    this.#x = x;
    this.#head = head;
    this.#options = options;
    const type = head.headers.get('content-type')?.toLowerCase() ?? '';
    this.#cutter = type.startsWith('text/event-stream') ? new EventCutter(MAX_EVENT) : null;
    if (this.#cutter !== null) this.#begin(UNKNOWN_LENGTH);
  }

  data(chunk: Buffer): boolean {
    this.#options.tap.chunk(chunk);
    const cutter = this.#cutter;
    if (cutter !== null) {
      const region = cutter.push(chunk);
      return region === null || this.#write(cutter.whole ? sealEvents(region, this.#options.sealer) : region);
    }
    if (this.#size > MAX_ANSWER) return this.#write(this.#edited(chunk));
    this.#size += chunk.length;
    this.#options.held.add(chunk.length);
    this.#chunks.push(Buffer.from(chunk));
    return this.#size <= MAX_ANSWER || this.#giveUp();
  }

  end(trailers: HeaderList | null): void {
    this.#options.tap.end();
    if (this.#cutter !== null) {
      const rest = this.#cutter.rest();
      if (rest !== null) this.#write(sealEvents(rest, this.#options.sealer));
    } else if (this.#size <= MAX_ANSWER) {
      const body = this.#edited(sealWhole(Buffer.concat(this.#chunks), this.#options.sealer));
      if (!this.#begin(body.length)) return undefined;
      this.#write(body);
    }
    return this.#x.inbound.end(trailers);
  }

  broken(): boolean {
    return false;
  }

  close(): void {
    this.#options.tap.end();
    this.#chunks = [];
  }

  /** Too long to be held: what there is goes out as it came. */
  #giveUp(): boolean {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#begin(UNKNOWN_LENGTH);
    return this.#write(this.#edited(Buffer.concat(chunks)));
  }

  #edited(bytes: Buffer): Buffer {
    return this.#options.edit?.push(bytes) ?? bytes;
  }

  #begin(length: number): boolean {
    this.#head.bodyLength = length;
    for (const name of ['etag', 'digest', 'content-md5']) this.#head.headers.delete(name);
    if (!this.#x.begin(this.#head)) return false;
    this.#x.inbound.respond(this.#head, 'payload');
    return true;
  }

  #write(bytes: Buffer): boolean {
    return bytes.length === 0 || this.#x.inbound.write(bytes);
  }
}
