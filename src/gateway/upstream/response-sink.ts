import type { GatewayError } from '../../base/errors.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { ResponseHead } from '../../net/http/message.ts';

/** Takes a response's payload in the client's place: to hold it back or to rewrite it. It sends the head itself. */
export interface ResponseSink {
  /** False: the client reads slowly; stop until it has drained. May throw when the bytes make no sense. */
  data(chunk: Buffer): boolean;
  /** The client has read what `data` returned false for. */
  drained?(): void;
  /** The body is whole. May throw when it makes no sense. */
  end(trailers: HeaderList | null): void;
  /** The upstream broke off after the head was sent. True: the client was told in its own way, and the answer ended. */
  broken(error: GatewayError): boolean;
  /** Nothing more comes, whoever ended it: timers stop, what was seen until now counts. Heard once, last. */
  close(): void;
}

/** How a sink ends what it takes from the upstream. */
export interface ResponseControl {
  /** An answer to the client has begun that may be long: what was kept to ask again is let go. */
  begun(): void;
  /** Ends the upstream's answer as failed. */
  fail(error: GatewayError): void;
  /** The answer has failed, and the client was told so in its own way: what is left is to record it. */
  note(error: GatewayError): void;
}

/**
 * Thrown by a sink that has sent nothing yet: the upstream answered as if it had succeeded, and then said that it had
 * not. What it means is served like an answer with this head: tried again, elsewhere, or given to the client.
 */
export class AnswerRefused extends Error {
  readonly head: ResponseHead;
  readonly body: string;

  constructor(head: ResponseHead, body: string) {
    super(`the upstream's answer became an error with status ${head.status}`);
    this.name = 'AnswerRefused';
    this.head = head;
    this.body = body;
  }
}
