import type { McpRecord } from '../record.ts';
import type { Message } from '../wire/jsonrpc.ts';
import type { Upstream } from './upstream.ts';

/** A client's request while it is handled. Exactly one of `answer`, `refuse` and `refuseWith` ends it; later ones do nothing. */
export interface Caller {
  readonly message: Message;
  readonly record: McpRecord;
  /** Text of the progress token that the client gave, or ''. */
  readonly progressToken: string;
  readonly ended: boolean;
  /** Where the request is being served: what a cancellation goes to. */
  serving: { readonly upstream: Upstream; readonly id: number } | null;
  /** Sends a notification or a server's request ahead of the answer. */
  deliver(text: string): void;
  answer(result: string | Uint8Array): void;
  refuse(code: number, message: string): void;
  /** An error object as text. */
  refuseWith(error: string, code: number, message: string): void;
}

/** The client of a federation, for what belongs to no request or whose request is not known. */
export interface ClientPort {
  /** Sends a server's request, on the stream of `caller` if known. False when it can reach the client nowhere. */
  request(text: string, caller: Caller | null): boolean;
  /** Sends a notification; `sure`: it belongs on the stream of `caller`, else that is the second choice. */
  notify(text: string, caller: Caller | null, sure: boolean): void;
}
