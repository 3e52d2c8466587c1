import type { HeaderList } from '../../net/http/headers.ts';
import type { ResponseHead } from '../../net/http/message.ts';
import type { Verdict } from './policy.ts';

/** Bytes that go on in place of those that came; null for none. */
export type Out = Uint8Array | null;

/** Changes a body while it passes. It is called again only after a promise that it gave is settled. */
export interface BodyStage {
  /** The bytes are valid only during the call unless copied. */
  chunk(bytes: Buffer): Out | Promise<Out>;
  /** The body is whole: what is left of it. Trailers may be changed. */
  end(trailers: HeaderList | null): Out | Promise<Out>;
  /** Nothing more comes, whoever ended it: heard at most once, in place of `end` or after it. */
  abort(): void;
}

/** Stands between whoever answers and the client. */
export interface ResponseStage extends BodyStage {
  /**
   * The head before it is sent; may change it. With a body of another length `head.bodyLength` has to follow, or become
   * unknown. An answer replaces the whole response; a thrown error, too.
   *
   * @param hasBody False for HEAD, 204, 304: then `chunk` and `end` are not called.
   */
  head(head: ResponseHead, hasBody: boolean): Verdict;
}
