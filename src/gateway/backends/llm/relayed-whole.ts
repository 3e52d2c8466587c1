import type { LlmTap } from '../../../llm/usage/tap.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { ResponseHead } from '../../../net/http/message.ts';
import type { Exchange } from '../../exchange.ts';
import type { ResponseSink } from '../../upstream/response-sink.ts';

/** An answer that passes as it comes, watched for its usage. */
export class RelayedWhole implements ResponseSink {
  readonly #x: Exchange;
  readonly #tap: LlmTap;

  constructor(x: Exchange, head: ResponseHead, tap: LlmTap) {
    this.#x = x;
    this.#tap = tap;
    if (x.begin(head)) x.inbound.respond(head, 'payload');
  }

  data(chunk: Buffer): boolean {
    this.#tap.chunk(chunk);
    return this.#x.inbound.write(chunk);
  }

  end(trailers: HeaderList | null): void {
    this.#tap.end();
    this.#x.inbound.end(trailers);
  }

  broken(): boolean {
    return false;
  }

  close(): void {
    this.#tap.end();
  }
}
