import { wallMs } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { ClientFormat } from '../../../llm/pivot/format.ts';
import type { LlmRecord } from '../../../llm/record.ts';
import { translateAnswer, type AnswerTranslator } from '../../../llm/translate/answer-translator.ts';
import { translateLimits } from '../../../llm/translate/limit-fields.ts';
import { bodyTokens } from '../../../llm/usage/body-tokens.ts';
import { estimateCut } from '../../../llm/usage/cut-estimate.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { ResponseHead } from '../../../net/http/message.ts';
import type { Exchange } from '../../exchange.ts';
import type { ResponseControl, ResponseSink } from '../../upstream/response-sink.ts';
import { answerFacts } from './answer-facts.ts';
import { ClientStream, type StreamTiming } from './client-stream.ts';
import type { HeldBytes } from './held-bytes.ts';
import { bodyFields, refusedAnswer } from './refused-answer.ts';
import { droppedField, droppedList, type Translation } from './translation.ts';

const BROKEN = 'the upstream ended its stream before the answer was complete';

/** What a translated answer needs beside the answer. */
export interface TranslatedAnswerOptions {
  readonly translation: Translation;
  readonly record: LlmRecord;
  readonly timing: StreamTiming;
  readonly held: HeldBytes;
  /** The body that was sent; it is not kept. */
  readonly sent: Buffer;
  /** What the answer is to name as its model; null: what the provider calls it. */
  readonly model: string | null;
}

/** Sends an upstream's answer to the client in the client's own format: a stream as it comes, anything else when whole. */
export class TranslatedAnswer implements ResponseSink {
  readonly #x: Exchange;
  readonly #head: ResponseHead;
  readonly #client: ClientFormat;
  readonly #control: ResponseControl;
  readonly #record: LlmRecord;
  readonly #translator: AnswerTranslator;
  /** Null where the answer is translated when it is whole. */
  readonly #stream: ClientStream | null;
  /** Tokens of the body that was sent, about; 0 where no stream can be cut. */
  readonly #requestTokens: number;
  #ended: boolean;

  constructor(x: Exchange, head: ResponseHead, control: ResponseControl, options: TranslatedAnswerOptions) {
    const { translation, record, timing, held, sent, model } = options;
    const { pair, request } = translation;
    const type = (head.headers.get('content-type') ?? '').toLowerCase();
    this.#x = x;
    this.#head = head;
    this.#client = pair.client;
    this.#control = control;
    this.#record = record;
    const { context, names } = request;
    const { headers } = head;
    const facts = answerFacts(record, held, headers);
    const field = (name: string): string | undefined => headers.get(name);
    this.#translator = translateAnswer({ pair, context, names, facts, model, field }, head.status, type);
    const { limits } = pair.upstream;
    if (limits !== undefined && pair.client.limits !== undefined) {
      translateLimits(headers, limits, pair.client.limits, wallMs());
    }
    for (const name of bodyFields) head.headers.delete(name);
    head.headers.set('content-type', this.#translator.contentType);
    if (request.dropped.length > 0) head.headers.set(droppedField, droppedList(request.dropped));
    this.#ended = false;
    this.#stream = this.#translator.streams ? new ClientStream(x, head, timing, control) : null;
    this.#requestTokens = this.#stream === null ? 0 : bodyTokens(sent);
  }

  data(chunk: Buffer): boolean {
    this.#stream?.heard();
    return this.#pass(this.#translator.chunk(chunk));
  }

  drained(): void {
    this.#stream?.drained();
  }

  end(trailers: HeaderList | null): void {
    this.#ended = true;
    const rest = this.#translator.end();
    if (this.#stream !== null) {
      this.#pass(rest);
      if (!this.#translator.complete) {
        this.#estimate();
        this.#control.note(new GatewayError('upstreamReset', BROKEN));
      }
      return this.#stream.end(trailers);
    }
    const { failure } = this.#translator;
    if (failure !== null) throw refusedAnswer(this.#head, this.#client, failure);
    const body = Buffer.from(rest);
    this.#head.bodyLength = body.byteLength;
    if (!this.#x.begin(this.#head)) return undefined;
    this.#x.inbound.respond(this.#head, 'payload');
    if (body.byteLength > 0) this.#x.inbound.write(body);
    return this.#x.inbound.end(null);
  }

  broken(error: GatewayError): boolean {
    if (this.#stream === null || this.#stream.ended) return false;
    this.#ended = true;
    // The answer may have been whole, and only the connection's end was not.
    const { complete } = this.#translator;
    const tail = complete ? this.#translator.end() : this.#translator.broken(error.message);
    if (tail === null) return false;
    if (!complete) this.#estimate();
    this.#stream.write(Buffer.from(tail));
    this.#stream.end(null);
    return true;
  }

  close(): void {
    this.#stream?.close();
    // What was used until the client left is told by the reader's end.
    if (this.#stream === null || this.#ended) return;
    this.#translator.end();
    this.#estimate();
  }

  #estimate(): void {
    if (this.#stream?.begun === true) estimateCut(this.#record, this.#requestTokens, this.#translator);
  }

  #pass(text: string): boolean {
    const stream = this.#stream;
    if (stream === null) return true;
    const { failure, begun } = this.#translator;
    if (failure !== null) throw refusedAnswer(this.#head, this.#client, failure);
    if (stream.begun) return text === '' ? true : stream.write(Buffer.from(text));
    const fits = stream.hold(Buffer.from(text));
    return begun || !fits ? stream.begin() : true;
  }
}
