import { GatewayError } from '../../../base/errors.ts';
import type { LlmTap } from '../../../llm/usage/tap.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { ResponseHead } from '../../../net/http/message.ts';
import type { Exchange } from '../../exchange.ts';
import type { Out, ResponseStage } from '../../policies/stage.ts';
import { ResponseHold } from '../../upstream/response-hold.ts';
import type { ResponseSink } from '../../upstream/response-sink.ts';

type HoldLimit = NonNullable<Exchange['responseBuffer']>;

/** Keeps what the client is told until all of it is there, where the `buffer` policy says so: who reads the stream goes first. */
export function holdStream(x: Exchange): void {
  const limit = x.responseBuffer;
  if (limit === null) return;
  // Once, however many are asked.
  x.responseBuffer = null;
  x.interpose([{ kind: 'buffer', request: null, response: null, stage: () => new HoldStage(limit) }]);
}

/** Keeps a response that is made here, at most as long as its policy lets it be. */
class HoldStage implements ResponseStage {
  readonly holdsHead = true as const;
  readonly #limit: HoldLimit;
  #head: ResponseHead | null = null;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(limit: HoldLimit) {
    this.#limit = limit;
  }

  head(head: ResponseHead): undefined {
    this.#head = head;
  }

  chunk(bytes: Buffer): Out {
    if (this.#head === null) return bytes;
    this.#chunks.push(Buffer.from(bytes));
    this.#size += bytes.byteLength;
    if (this.#size <= this.#limit.maxBytes) return null;
    if (!this.#limit.failOpen) throw new GatewayError('responseTooLarge');
    return this.#release();
  }

  end(): Out {
    if (this.#head === null) return null;
    this.#head.bodyLength = this.#size;
    return this.#release();
  }

  abort(): void {
    this.#chunks = [];
  }

  #release(): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#head = null;
    return all;
  }
}

/** An answer that is held whole by the `buffer` policy, watched for its usage. */
export class HeldWhole implements ResponseSink {
  readonly #hold: ResponseHold;
  readonly #tap: LlmTap;

  constructor(x: Exchange, head: ResponseHead, limit: HoldLimit, tap: LlmTap) {
    this.#hold = new ResponseHold(x, head, limit);
    this.#tap = tap;
  }

  data(chunk: Buffer): boolean {
    this.#tap.chunk(chunk);
    return this.#hold.data(chunk);
  }

  end(trailers: HeaderList | null): void {
    this.#tap.end();
    this.#hold.end(trailers);
  }

  broken(): boolean {
    return this.#hold.broken();
  }

  close(): void {
    this.#tap.end();
    this.#hold.close();
  }
}
