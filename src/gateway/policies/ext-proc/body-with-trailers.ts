import type { HeaderList } from '../../../net/http/headers.ts';
import type { RequestBodySink } from '../../../net/http/inbound.ts';
import { UNKNOWN_LENGTH, type RequestHead } from '../../../net/http/message.ts';
import type { BodySource } from '../../staged-body.ts';

/** A body that is all there, with what comes after it. */
export class BodyWithTrailers implements BodySource {
  readonly head: RequestHead;
  readonly staged = true as const;
  readonly #bytes: Buffer;
  readonly #trailers: HeaderList;

  constructor(head: RequestHead, bytes: Buffer, trailers: HeaderList) {
    this.head = head;
    this.#bytes = bytes;
    this.#trailers = trailers;
    // Trailers need a body without length.
    head.bodyLength = UNKNOWN_LENGTH;
  }

  receive(sink: RequestBodySink): void {
    if (this.#bytes.byteLength > 0) sink.data(this.#bytes);
    sink.end(this.#trailers);
  }

  resumeBody(): void {}
}
