import { isJsonType, lastEvent, readAnswer } from '../../../a2a/answer.ts';
import type { A2aRecord } from '../../../a2a/record.ts';
import { parseJson } from '../../../llm/json/parse.ts';
import { EventCutter } from '../../../llm/stream/event-cutter.ts';
import type { Exchange } from '../../exchange.ts';
import type { BodyTap } from '../../upstream/body-tap.ts';

const maxEventBytes = 65_536;

/** Reads what an answer says of a task as it passes: a body of JSON that is not too large, or the last event of a stream. */
export class AnswerTap implements BodyTap {
  readonly #x: Exchange;
  readonly #record: A2aRecord;
  /** Null until the first bytes come: then the head of the answer is known. */
  #reader: Reader | null;

  constructor(x: Exchange, record: A2aRecord) {
    this.#x = x;
    this.#record = record;
    this.#reader = null;
  }

  chunk(payload: Buffer): void {
    this.#reader ??= this.#choose();
    this.#reader.chunk(payload);
  }

  end(): void {
    const text = this.#reader?.text() ?? null;
    const answer = text === null ? undefined : parseJson(text);
    const { status } = this.#x.record;
    if (answer !== undefined || status >= 400) readAnswer(this.#record, status, answer ?? {});
  }

  #choose(): Reader {
    const headers = this.#x.response?.headers;
    const type = headers?.get('content-type');
    if ((headers?.get('content-encoding') ?? 'identity') !== 'identity') return nothing;
    if (isJsonType(type)) return new WholeBody(this.#x.bind.frontend.maxBufferSize);
    return /^text\/event-stream(?:$|[\s;])/i.test(type ?? '') ? new LastEvent() : nothing;
  }
}

interface Reader {
  chunk(payload: Buffer): void;
  /** The JSON text that was found; null for none. */
  text(): string | null;
}

const nothing: Reader = { chunk: () => undefined, text: () => null };

class WholeBody implements Reader {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  chunk(payload: Buffer): void {
    this.#size += payload.byteLength;
    if (this.#size <= this.#maxBytes) this.#chunks.push(Buffer.from(payload));
    else this.#chunks.length = 0;
  }

  text(): string | null {
    return this.#size > this.#maxBytes ? null : Buffer.concat(this.#chunks).toString('utf8');
  }
}

class LastEvent implements Reader {
  readonly #cutter: EventCutter = new EventCutter(maxEventBytes);
  #last: Buffer | null = null;

  chunk(payload: Buffer): void {
    const events = this.#cutter.push(payload);
    if (events !== null && this.#cutter.whole) this.#last = Buffer.from(events);
  }

  text(): string | null {
    return lastEvent(`${this.#last?.toString('utf8') ?? ''}${this.#cutter.rest()?.toString('utf8') ?? ''}`);
  }
}
