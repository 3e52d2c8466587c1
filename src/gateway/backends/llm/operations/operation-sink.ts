import { GatewayError } from '../../../../base/errors.ts';
import { parseJsonObject } from '../../../../llm/json/parse.ts';
import { estimateField } from '../../../../llm/operations/count-tokens/estimate.ts';
import type { OperationAnswer, UpstreamReply } from '../../../../llm/operations/operation-exchange.ts';
import type { LlmRecord } from '../../../../llm/record.ts';
import { readUsage } from '../../../../llm/usage/extract.ts';
import { HeaderList } from '../../../../net/http/headers.ts';
import type { ResponseHead } from '../../../../net/http/message.ts';
import type { Exchange } from '../../../exchange.ts';
import { createCall } from '../../../upstream/call.ts';
import type { ResponseSink } from '../../../upstream/response-sink.ts';
import type { HeldBytes } from '../held-bytes.ts';
import { droppedField, droppedList } from '../translation.ts';
import type { PlannedOperation } from './plan-operation.ts';

/** The largest answer of an upstream that is translated, in bytes. */
const MAX_ANSWER = 64 * 1024 * 1024;
/** Requests that one client request has on their way at once. */
const AT_ONCE = 4;

/** What the sink needs beside the answer. */
export interface OperationSinkOptions {
  readonly planned: PlannedOperation;
  readonly record: LlmRecord;
  readonly held: HeldBytes;
  /** What the answer is to name as its model; null: what the provider knows it by. */
  readonly model: string | null;
}

/** Takes the answer to the first request of an operation, makes the others, and gives the client the one answer of all. */
export class OperationSink implements ResponseSink {
  readonly #x: Exchange;
  readonly #head: ResponseHead;
  readonly #options: OperationSinkOptions;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(x: Exchange, head: ResponseHead, options: OperationSinkOptions) {
    this.#x = x;
    this.#head = head;
    this.#options = options;
  }

  data(chunk: Buffer): boolean {
    this.#size += chunk.byteLength;
    if (this.#size > MAX_ANSWER) throw new GatewayError('responseTooLarge');
    this.#options.held.add(chunk.byteLength);
    this.#chunks.push(Buffer.from(chunk));
    return true;
  }

  end(): void {
    const text = Buffer.concat(this.#chunks);
    const { status, headers } = this.#head;
    const { exchange } = this.#options.planned;
    if (status < 200 || status > 299) return this.#refuse(status, headers, text.toString('utf8'));
    const first = replyOf(text, headers);
    if (exchange.bodies.length === 1) return this.#answer([first]);
    this.#used(first, 0);
    this.#others(first).then(
      (replies) => {
        if (replies === null || this.#x.state !== 'open') return;
        try {
          this.#answer(replies);
        } catch (cause) {
          this.#x.fail(new GatewayError('upstreamProtocol', '', { cause }));
        }
      },
      (error: unknown) => {
        const own = error instanceof SyntaxError ? new GatewayError('upstreamProtocol', '', { cause: error }) : error;
        if (this.#x.state === 'open') this.#x.fail(own);
      },
    );
    return undefined;
  }

  broken(): boolean {
    return false;
  }

  close(): void {
    this.#chunks.length = 0;
  }

  /** Sends the requests after the first, a few at a time; null when one was answered with an error, which was passed on. */
  async #others(first: UpstreamReply): Promise<readonly UpstreamReply[] | null> {
    const { planned } = this.#options;
    const { bodies } = planned.exchange;
    if (planned.upstream === null) throw new GatewayError('noBackend');
    const call = createCall(planned.upstream);
    // As the first request had them: what the upstream adds is added to each.
    const { headers } = this.#x.request;
    const replies: UpstreamReply[] = [first];
    let next = 1;
    let failed = false;
    const work = async (): Promise<void> => {
      while (next < bodies.length && !failed) {
        const index = next++;
        const body = Buffer.from(JSON.stringify(bodies[index]));
        const path = planned.target.path + planned.target.query;
        const reply = await call({ method: 'POST', path, headers, body, signal: this.#x.signal });
        const text = await reply.text(MAX_ANSWER);
        if (failed) return;
        this.#options.held.add(text.length);
        if (reply.status < 200 || reply.status > 299) {
          failed = true;
          this.#refuse(reply.status, reply.headers, text);
          return;
        }
        const good = replyOf(Buffer.from(text), reply.headers);
        this.#used(good, index);
        replies[index] = good;
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, bodies.length - 1) }, work));
    return failed ? null : replies;
  }

  /** Counts what one of several requests used: it is billed though another fails, or the client leaves. */
  #used(reply: UpstreamReply, index: number): void {
    const { planned, record } = this.#options;
    const used = planned.exchange.used?.(reply, index);
    if (used === undefined) return;
    record.inputTokens = (record.inputTokens ?? 0) + used.tokens;
    record.estimated ||= used.estimated;
  }

  #answer(replies: readonly UpstreamReply[]): void {
    const { planned, record, model } = this.#options;
    const answer: OperationAnswer = planned.exchange.answer(replies);
    const named = model !== null && 'model' in answer.body ? { ...answer.body, model } : answer.body;
    const body = Buffer.from(JSON.stringify(named));
    readUsage(body, record);
    record.estimated = answer.estimated;
    const headers = clientFields(this.#head.headers);
    if (answer.estimated) headers.set(estimateField, 'true');
    this.#reply(200, headers, body);
  }

  #refuse(status: number, headers: HeaderList, text: string): void {
    const body = JSON.stringify(this.#options.planned.exchange.error(status, text));
    this.#reply(status, clientFields(headers), Buffer.from(body));
  }

  #reply(status: number, headers: HeaderList, body: Buffer): void {
    const { dropped } = this.#options.planned;
    headers.set('content-type', 'application/json');
    if (dropped.length > 0) headers.set(droppedField, droppedList(dropped));
    this.#x.reply(status, headers, body);
  }
}

/** What of an upstream's fields a client of another API may want: when to come again, and how to name the request. */
function clientFields(upstream: HeaderList): HeaderList {
  const kept = new HeaderList();
  for (const [name, value] of upstream) {
    if (/^(?:retry-after(?:-ms)?|x-should-retry|x-request-id|x-amzn-requestid)$/.test(name)) kept.append(name, value);
  }
  return kept;
}

/** Throws SyntaxError. */
function replyOf(text: Buffer, headers: HeaderList): UpstreamReply {
  const body = parseJsonObject(text);
  if (typeof body === 'string') throw new SyntaxError(`the upstream's answer: ${body}`);
  return { body, headers };
}
