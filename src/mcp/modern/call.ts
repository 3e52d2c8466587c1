import { after } from '../../base/clock.ts';
import type { CallWatch } from '../federation/calls/call-watch.ts';
import type { Caller, CallerEnvelope, ClientQuestion } from '../federation/caller.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { Upstream } from '../federation/upstream/upstream.ts';
import { mcpLimits } from '../limits.ts';
import type { McpAccess } from '../access.ts';
import type { McpRecord } from '../record.ts';
import { progressTokenSpans } from '../wire/2025-11-25/rewrite.ts';
import { missingCapability, modernCodes, statusOfCode } from '../wire/2026-07-28/errors.ts';
import { inputRequiredText, type InputRequest } from '../wire/2026-07-28/input.ts';
import { askingMethods } from '../wire/2026-07-28/methods.ts';
import { uncacheable, type CacheHints } from '../wire/2026-07-28/cache-hints.ts';
import { listHead, stampResult } from '../wire/2026-07-28/results.ts';
import { codes, isObject, rawErrorText, resultText, type Message } from '../wire/jsonrpc.ts';
import type { ModernReply } from './reply.ts';

/** What a call needs of those who keep it while it waits for its client. */
export interface CallKeeper {
  /** Keeps the call, whose response `reply` was; the state with which the client comes back, or null: there are too many. */
  park(call: ModernCall, reply: ModernReply): string | null;
  /** The state with which a client starts the request anew. */
  again(call: ModernCall): string;
  /** Gives the answer to a question (JSON text) to the server that asked. */
  answered(id: number, answer: string): void;
  /** The question can no longer be asked. */
  refused(id: number): void;
  ended(call: ModernCall): void;
}

/** The asking of a URL by servers that cannot ask in the middle of a call (2025-11-25, URL elicitation). */
const URL_REQUIRED = -32042;

/**
 * A request of a client without a session, from its arrival to its answer. Where an older server asks the client in the
 * middle of it, the response ends with the questions, and the call waits for the request that brings the answers.
 */
export class ModernCall implements Caller {
  readonly message: Message;
  /** That of the latest request. */
  record: McpRecord;
  readonly envelope: CallerEnvelope;
  readonly headers: HeaderList;
  /** That of the latest request. */
  access: McpAccess | null = null;
  readonly #keeper: CallKeeper;
  /** Null while the call waits for its client. */
  #reply: ModernReply | null = null;
  #idText = '';
  /** Questions without an answer, by the key that the client sees. */
  readonly #questions = new Map<string, InputRequest & { readonly id: number }>();
  #asking = false;
  /** The answer, where it came while the client was away. */
  #outcome: { readonly text: string | Uint8Array; readonly status: number; readonly kind: 'result' | 'error' } | null =
    null;
  #listeners: (() => void)[] = [];
  progressToken = '';
  watch: CallWatch | null = null;
  serving: { readonly upstream: Upstream; readonly id: number } | null = null;
  ended = false;

  constructor(message: Message, record: McpRecord, envelope: CallerEnvelope, keeper: CallKeeper, reply: ModernReply) {
    this.message = message;
    this.record = record;
    this.envelope = envelope;
    this.headers = reply.headers;
    this.#keeper = keeper;
    this.#attach(message, reply);
  }

  /** A server's question; false when it cannot be asked. */
  ask({ id, method, params }: ClientQuestion): boolean {
    if (this.ended || !askingMethods.has(this.message.method)) return false;
    this.#questions.set(`q${id}`, { id, method, params });
    if (this.#reply === null || this.#asking) return true;
    this.#asking = true;
    // Questions that a server asks at once are asked together, though each arrives by itself.
    after(mcpLimits.gatherMs, () => {
      this.#asking = false;
      if (this.#questions.size > 0 && !this.ended) this.#park();
    });
    return true;
  }

  /** The server does not ask any more. */
  withdraw(id: number): void {
    this.#questions.delete(`q${id}`);
  }

  /** Goes on with the request that brings answers: JSON texts by key. */
  resume(message: Message, record: McpRecord, reply: ModernReply, answers: ReadonlyMap<string, string>): void {
    this.record = Object.assign(record, this.record);
    this.#attach(message, reply);
    const outcome = this.#outcome;
    if (outcome !== null) {
      this.#send(outcome.kind, outcome.text, outcome.status);
      return;
    }
    for (const [key, { id }] of this.#questions) {
      const answer = answers.get(key);
      if (answer === undefined) continue;
      this.#questions.delete(key);
      this.#keeper.answered(id, answer);
    }
    // What was not answered is asked again.
    if (this.#questions.size > 0) this.#park();
  }

  /** Nobody comes back for the call. */
  abandon(): void {
    this.#cancel('"the client did not come back"');
  }

  deliver(text: string): void {
    if (!this.ended) this.#reply?.deliver(text);
  }

  answer(result: string | Uint8Array, stamped = false, hints: CacheHints = uncacheable): void {
    if (typeof result === 'string') {
      this.#finish('result', stamped ? result : stampResult(this.message.method, result), 200);
    } else this.#finish('result', Buffer.concat([listHead(hints), result.subarray(1)]), 200);
  }

  refuse(code: number, message: string, status?: number): void {
    const usual = code === modernCodes.headerMismatch ? 400 : statusOfCode(code);
    this.#refuse(JSON.stringify({ code, message }), code, message, status ?? usual);
  }

  refuseWith(error: string, code: number, message: string): void {
    this.#refuse(error, code, message, statusOfCode(code));
  }

  #refuse(error: string, code: number, message: string, status: number): void {
    if (this.ended) return;
    if (code === URL_REQUIRED && this.#askUrls(error)) return;
    this.#fail(error, code, message, status);
  }

  #fail(error: string, code: number, message: string, status: number): void {
    this.record.errorCode = code;
    this.record.errorMessage = message;
    // The older code for the same (2026-07-28, error codes).
    const text = code === codes.resourceNotFound ? error.replace(/-32002\b/, String(codes.invalidParams)) : error;
    this.#finish('error', text, status);
  }

  onEnd(fn: () => void): void {
    if (this.ended) fn();
    else this.#listeners.push(fn);
  }

  #attach(message: Message, reply: ModernReply): void {
    this.#idText = message.idText;
    this.#reply = reply;
    this.access = reply.access;
    reply.onGone = () => this.#cancel('');
    const token = progressTokenSpans(message.bodyText).at(-1);
    this.progressToken = token === undefined ? '' : message.bodyText.slice(token.start, token.end);
  }

  #park(): void {
    const reply = this.#reply;
    if (reply === null) return;
    const state = this.#keeper.park(this, reply);
    if (state === null) {
      this.record.limit = 'parked_calls';
      for (const { id } of this.#questions.values()) this.#keeper.refused(id);
      this.#questions.clear();
      return;
    }
    this.watch?.leave();
    this.#reply = null;
    reply.answer(resultText(this.#idText, inputRequiredText(this.#questions, state)));
  }

  /**
   * Turns an error that names URLs to visit first into the question of this revision, or refuses what the client cannot
   * be asked for; false when it names none.
   */
  #askUrls(error: string): boolean {
    const value = JSON.parse(error) as unknown;
    const data = isObject(value) ? value['data'] : undefined;
    const asked = isObject(data) ? data['elicitations'] : undefined;
    if (!Array.isArray(asked) || asked.length === 0 || !askingMethods.has(this.message.method)) return false;
    if (!takesUrls(this.envelope)) {
      const { code, message, data: required, status } = missingCapability({ elicitation: { url: {} } });
      this.#fail(JSON.stringify({ code, message, data: required }), code, message, status);
      return true;
    }
    const questions = asked.map((one: unknown, i): [string, InputRequest] => [
      `url${i}`,
      { method: 'elicitation/create', params: JSON.stringify(one) },
    ]);
    this.#finish('result', inputRequiredText(new Map(questions), this.#keeper.again(this)), 200);
    return true;
  }

  #finish(kind: 'result' | 'error', text: string | Uint8Array, status: number): void {
    if (this.ended || this.#outcome !== null) return;
    if (this.#reply === null) this.#outcome = { kind, text, status };
    else this.#send(kind, text, status);
  }

  #send(kind: 'result' | 'error', text: string | Uint8Array, status: number): void {
    const reply = this.#reply;
    this.#end();
    if (typeof text !== 'string') {
      reply?.answer(Buffer.concat([Buffer.from(`{"jsonrpc":"2.0","id":${this.#idText},"result":`), text, brace]));
    } else if (kind === 'result') reply?.answer(resultText(this.#idText, text));
    else reply?.answer(rawErrorText(this.#idText, text), status);
  }

  #cancel(reason: string): void {
    if (this.ended) return;
    this.#end();
    this.serving?.upstream.cancel(this.serving.id, reason);
  }

  #end(): void {
    this.ended = true;
    this.#keeper.ended(this);
    if (this.#questions.size > 0) for (const { id } of this.#questions.values()) this.#keeper.refused(id);
    for (const fn of this.#listeners) fn();
    this.#listeners = [];
  }
}

/** Whether a client can be sent to a page. */
function takesUrls({ relayed }: CallerEnvelope): boolean {
  const { elicitation } = JSON.parse(relayed) as { readonly elicitation?: unknown };
  return isObject(elicitation) && isObject(elicitation['url']);
}

const brace = Buffer.from('}');
