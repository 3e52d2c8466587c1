import type { GatewayError } from '../../../base/errors.ts';
import { translateAnswer, type AnswerTranslator } from '../../../llm/translate/answer-translator.ts';
import { UNKNOWN_LENGTH, type ResponseHead } from '../../../net/http/message.ts';
import type { Exchange } from '../../exchange.ts';
import type { ResponseSink } from '../../upstream/response-sink.ts';
import { droppedField, droppedList, type Translation } from './translation.ts';

/** Fields of the upstream's answer that speak of its own body. */
const bodyFields = ['content-type', 'content-encoding', 'content-md5', 'digest', 'etag', 'accept-ranges'];

/** Sends an upstream's answer to the client in the client's own format: a stream as it comes, anything else when whole. */
export class TranslatedAnswer implements ResponseSink {
  readonly #x: Exchange;
  readonly #head: ResponseHead;
  readonly #translator: AnswerTranslator;
  readonly #streams: boolean;

  constructor(x: Exchange, head: ResponseHead, { pair, request }: Translation) {
    const type = (head.headers.get('content-type') ?? '').toLowerCase();
    this.#x = x;
    this.#head = head;
    this.#translator = translateAnswer(pair, head.status, type, request.context, request.names);
    this.#streams = this.#translator.streams;
    for (const name of bodyFields) head.headers.delete(name);
    head.headers.set('content-type', this.#translator.contentType);
    if (request.dropped.length > 0) head.headers.set(droppedField, droppedList(request.dropped));
    if (this.#streams) this.#begin(UNKNOWN_LENGTH);
  }

  data(chunk: Buffer): boolean {
    return this.#send(this.#translator.chunk(chunk));
  }

  end(): void {
    const rest = this.#translator.end();
    if (!this.#streams && !this.#begin(Buffer.byteLength(rest))) return;
    this.#send(rest);
    this.#x.inbound.end(null);
  }

  broken(error: GatewayError): boolean {
    const tail = this.#translator.broken(error.message);
    if (tail === null) return false;
    this.#send(tail);
    this.#x.inbound.end(null);
    return true;
  }

  #begin(length: number): boolean {
    this.#head.bodyLength = length;
    if (!this.#x.begin(this.#head)) return false;
    this.#x.inbound.respond(this.#head, 'payload');
    return true;
  }

  #send(text: string): boolean {
    if (text === '') return true;
    return this.#x.inbound.write(Buffer.from(text));
  }
}
