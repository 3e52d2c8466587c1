import type { GatewayError } from '../../base/errors.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { ResponseHead } from '../../net/http/message.ts';
import type { LocalReply, Verdict } from './policy.ts';

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

/** Where a stage puts what comes on its own time, outside of a call to it. */
export interface StageOutput {
  /** Bytes that go on now, after the head; none: the head alone. False: the client reads slowly, `drained` is called. */
  write(bytes: Uint8Array): boolean;
  /** Ends the response with an answer of its own; once the head is sent, it is cut. */
  replace(reply: LocalReply): void;
  /** Ends the response with an error, likewise. */
  fail(error: GatewayError): void;
}

/** Stands between whoever answers and the client. */
export interface ResponseStage extends BodyStage {
  /** Called before `head`, for stages that need it. */
  begin?(output: StageOutput): void;
  /** The client has read what {@link StageOutput.write} or the stage's results gave it. */
  drained?(): void;
  /**
   * The head is kept until the first bytes go on, or the body has ended: until then `chunk` and `end` may still change
   * it, and what they throw is an answer in its place.
   */
  readonly holdsHead?: boolean;
  /**
   * The head before it is sent; may change it. With a body of another length `head.bodyLength` has to follow, or become
   * unknown. An answer replaces the whole response; a thrown error, too.
   *
   * @param hasBody False for HEAD, 204, 304: then `chunk` and `end` are not called.
   */
  head(head: ResponseHead, hasBody: boolean): Verdict;
}
