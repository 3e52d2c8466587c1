import type { GatewayError } from '../../base/errors.ts';
import type { HeaderList } from '../../net/http/headers.ts';

/** Takes a response's payload in the client's place: to hold it back or to rewrite it. It sends the head itself. */
export interface ResponseSink {
  /** False: the client reads slowly; stop until it has drained. May throw when the bytes make no sense. */
  data(chunk: Buffer): boolean;
  /** The body is whole. May throw when it makes no sense. */
  end(trailers: HeaderList | null): void;
  /** The upstream broke off after the head was sent. True: the client was told in its own way, and the answer ended. */
  broken(error: GatewayError): boolean;
}
