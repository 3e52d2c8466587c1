import type { PassingEdit } from '../../../llm/stream/asked-model.ts';
import type { LlmTap } from '../../../llm/usage/tap.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import { UNKNOWN_LENGTH, type ResponseHead } from '../../../net/http/message.ts';
import type { Exchange } from '../../exchange.ts';
import type { ResponseSink } from '../../upstream/response-sink.ts';

/** Fields that are true of the upstream's own bytes only. */
const digestFields: readonly string[] = [
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'etag',
  'accept-ranges',
];

/** An answer that passes as it comes, watched for its usage. */
export class RelayedWhole implements ResponseSink {
  readonly #x: Exchange;
  readonly #tap: LlmTap;
  readonly #edit: PassingEdit | null;

  /** @param edit changes bytes on their way; null: nothing is changed. */
  constructor(x: Exchange, head: ResponseHead, tap: LlmTap, edit: PassingEdit | null) {
    this.#x = x;
    this.#tap = tap;
    this.#edit = edit;
    if (edit !== null) {
      head.bodyLength = UNKNOWN_LENGTH;
      for (const name of digestFields) head.headers.delete(name);
    }
    if (x.begin(head)) x.inbound.respond(head, 'payload');
  }

  data(chunk: Buffer): boolean {
    this.#tap.chunk(chunk);
    if (this.#edit === null) return this.#x.inbound.write(chunk);
    const edited = this.#edit.push(chunk);
    return edited.length === 0 || this.#x.inbound.write(edited);
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
