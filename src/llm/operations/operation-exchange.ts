import type { HeaderList } from '../../net/http/headers.ts';
import type { JsonObject } from '../pivot/format.ts';

/** A good answer of an upstream. */
export interface UpstreamReply {
  readonly body: JsonObject;
  readonly headers: HeaderList;
}

/** The client's answer. */
export interface OperationAnswer {
  readonly body: JsonObject;
  /** Its token counts are an estimate: the upstream gave none. */
  readonly estimated: boolean;
}

/** What a part of an operation used. */
export interface PartUsage {
  readonly tokens: number;
  /** The upstream gave no count. */
  readonly estimated: boolean;
}

/** A request other than chat in the words of a provider's own API: one upstream request, or several in a row. */
export interface OperationExchange {
  /** Bodies to send, at least one; all go to the same path. */
  readonly bodies: readonly JsonObject[];
  /** The client's answer from the upstream's, in order of the requests. Throws SyntaxError for one that makes no sense. */
  answer(replies: readonly UpstreamReply[]): OperationAnswer;
  /**
   * What the answer to the request at this place used, which is billed whatever becomes of the others; absent: there are no
   * others. Throws SyntaxError as `answer`.
   */
  used?(reply: UpstreamReply, index: number): PartUsage;
  /** The client's error body. */
  error(status: number, text: string): JsonObject;
}
