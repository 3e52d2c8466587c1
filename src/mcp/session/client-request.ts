import type { HeaderList } from '../../net/http/headers.ts';
import type { CallWatch } from '../federation/calls/call-watch.ts';
import type { Caller } from '../federation/caller.ts';
import type { Upstream } from '../federation/upstream/upstream.ts';
import type { McpAccess } from '../access.ts';
import type { McpRecord } from '../record.ts';
import { progressTokenSpans } from '../wire/2025-11-25/rewrite.ts';
import { errorText, rawErrorText, resultText, type Message } from '../wire/jsonrpc.ts';
import { isKnownMethod } from '../wire/2025-11-25/methods.ts';
import type { PostChannel } from './channel.ts';

/** A request of the client from its arrival to its answer. */
export class ClientRequest implements Caller {
  readonly message: Message;
  readonly record: McpRecord;
  readonly envelope = null;
  readonly headers: HeaderList;
  readonly access: McpAccess | null;
  readonly progressToken: string;
  readonly #channel: PostChannel;
  readonly #onEnd: (request: ClientRequest) => void;
  serving: { readonly upstream: Upstream; readonly id: number } | null = null;
  watch: CallWatch | null = null;
  ended = false;
  #listeners: (() => void)[] | null = null;

  constructor(message: Message, record: McpRecord, channel: PostChannel, onEnd: (request: ClientRequest) => void) {
    this.message = message;
    this.record = record;
    this.#channel = channel;
    this.#onEnd = onEnd;
    this.headers = channel.headers;
    this.access = channel.access;
    const token = progressTokenSpans(message.bodyText).at(-1);
    this.progressToken = token === undefined ? '' : message.bodyText.slice(token.start, token.end);
    record.methodName = isKnownMethod(message.method) ? message.method : 'unknown';
  }

  deliver(text: string): void {
    if (!this.ended) this.#channel.deliver(text);
  }

  answer(result: string | Uint8Array): void {
    if (!this.#end()) return;
    const { idText } = this.message;
    if (typeof result === 'string') {
      this.#channel.answer(resultText(idText, result));
      return;
    }
    const head = Buffer.from(`{"jsonrpc":"2.0","id":${idText},"result":`);
    this.#channel.answer(Buffer.concat([head, result, closingBrace], head.length + result.length + 1));
  }

  refuse(code: number, message: string, status = 200): void {
    if (!this.#end()) return;
    this.#note(code, message);
    this.#channel.answer(errorText(this.message.idText, code, message), status);
  }

  refuseWith(error: string, code: number, message: string): void {
    if (!this.#end()) return;
    this.#note(code, message);
    this.#channel.answer(rawErrorText(this.message.idText, error));
  }

  onEnd(fn: () => void): void {
    if (this.ended) fn();
    else (this.#listeners ??= []).push(fn);
  }

  /** See {@link PostChannel.tend}. */
  tend(sweep: number): void {
    this.#channel.tend(sweep);
  }

  /** The client does not want the answer any more. `reason`: text of a JSON value, or ''. */
  cancel(reason: string): void {
    if (!this.#end()) return;
    this.#channel.skip(this.message.idText);
    this.serving?.upstream.cancel(this.serving.id, reason);
  }

  #end(): boolean {
    if (this.ended) return false;
    this.ended = true;
    this.#onEnd(this);
    for (const fn of this.#listeners ?? []) fn();
    this.#listeners = null;
    return true;
  }

  #note(code: number, message: string): void {
    this.record.errorCode = code;
    this.record.errorMessage = message;
  }
}

const closingBrace = Buffer.from('}');
