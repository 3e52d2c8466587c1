import type { HeaderList } from '../../net/http/headers.ts';
import type { McpAccess } from '../access.ts';
import type { McpRecord } from '../record.ts';
import type { TaskAddress } from '../tasks/task-ids.ts';
import type { CacheHints } from '../wire/2026-07-28/cache-hints.ts';
import type { Message } from '../wire/jsonrpc.ts';
import type { CallWatch } from './calls/call-watch.ts';
import type { Upstream } from './upstream/upstream.ts';

/** What a client without a session says of itself in a request. */
export interface CallerEnvelope {
  /** JSON text of its capabilities, as far as they are relayed. */
  readonly relayed: string;
  /** JSON text, or ''. */
  readonly clientInfo: string;
  /** '': no log messages for this request. */
  readonly logLevel: string;
  /** It takes tasks in place of results (SEP-2663). */
  readonly tasks: boolean;
}

/** A client's request while it is handled. Exactly one of `answer`, `refuse` and `refuseWith` ends it; later ones do nothing. */
export interface Caller {
  readonly message: Message;
  readonly record: McpRecord;
  /** Null: the request belongs to a session, which knows its client. */
  readonly envelope: CallerEnvelope | null;
  /** Fields of the HTTP request that it came with. */
  readonly headers: HeaderList;
  /** What it may see and use; null: everything. */
  readonly access: McpAccess | null;
  /** Text of the progress token that the client gave, or ''. */
  readonly progressToken: string;
  readonly ended: boolean;
  /** Where the request is being served: what a cancellation goes to. */
  serving: { readonly upstream: Upstream; readonly id: number } | null;
  /** Watches the call of a target; null while there is none. */
  watch: CallWatch | null;
  /** Sends a notification or a server's request ahead of the answer. */
  deliver(text: string): void;
  /**
   * @param stamped The result is of the client's own revision already.
   * @param hints How long a list may be kept.
   */
  answer(result: string | Uint8Array, stamped?: boolean, hints?: CacheHints): void;
  /** @param status Of the HTTP response, if the error is all of it; absent: as for every error with the code. */
  refuse(code: number, message: string, status?: number): void;
  /** An error object as text. */
  refuseWith(error: string, code: number, message: string): void;
  /** Calls `fn` when the request has its answer or is cancelled. */
  onEnd(fn: () => void): void;
}

/** A request to the client, with an id of ours. */
export interface ClientQuestion {
  readonly id: number;
  readonly method: string;
  /** JSON text, maybe ''. */
  readonly params: string;
}

/** The client of a federation, for what belongs to no request or whose request is not known. */
export interface ClientPort {
  /** Whom it acts for; see `anonymous`. */
  readonly principal: string;
  /** What it speaks. */
  readonly revision: string;
  /** Whom its tasks belong to. */
  readonly owner: string;
  /** True for clients of 2026-07-28. */
  readonly sessionless: boolean;
  /** True when calls that a server may answer with questions each need a session of their own with it. */
  readonly separates: boolean;
  /** Sends a server's request, on the stream of `caller` if known. False when it can reach the client nowhere. */
  request(question: ClientQuestion, caller: Caller | null): boolean;
  /** Sends a notification; `sure`: it belongs on the stream of `caller`, else that is the second choice. */
  notify(method: string, params: string, caller: Caller | null, sure: boolean): void;
  /** A server with sessions told one of them; others of the same client may not have been told. */
  serverTold?(target: number, message: Message): void;
  /** A task of the extension changed: params of the notification with its server's id. Absent for clients without any. */
  taskChanged?(task: TaskAddress, params: string): void;
}
