import type { StreamReader } from '../pivot/format.ts';
import type { FrameDecoder } from '../pivot/framing.ts';
import type { Block } from '../pivot/request.ts';
import type { PivotError, PivotEvent, PivotResponse } from '../pivot/response.ts';
import type { AnswerFacts, AnswerTranslator } from './answer-translator.ts';
import { maximumAnswer } from './maximum-answer.ts';
import { emptyStream } from './streamed-answer.ts';

const cutStream: PivotError = {
  ...emptyStream,
  message: 'the upstream ended its stream before the answer was complete',
};

type BlockEvent = Extract<PivotEvent, { block: number }>;

/** A stream that answers a request for no stream: it is read to its end and told as one answer. */
export class CollectedAnswer implements AnswerTranslator {
  readonly streams = false;
  readonly begun = false;
  readonly counted = 0;
  readonly characters = 0;
  readonly contentType = 'application/json';
  failure: PivotError | null = null;
  complete = false;
  readonly #decoder: FrameDecoder;
  readonly #reader: StreamReader;
  readonly #facts: AnswerFacts;
  readonly #write: (response: PivotResponse) => string;
  #size = 0;
  readonly #blocks = new Map<number, BlockEvent[]>();
  #response: Omit<PivotResponse, 'blocks'> = {
    id: '',
    model: '',
    created: 0,
    stop: 'end',
    stopSequence: null,
    usage: null,
  };

  /** @param write The client's text for the whole answer. */
  constructor(
    decoder: FrameDecoder,
    reader: StreamReader,
    facts: AnswerFacts,
    write: (response: PivotResponse) => string,
  ) {
    this.#decoder = decoder;
    this.#reader = reader;
    this.#facts = facts;
    this.#write = write;
  }

  chunk(payload: Buffer): string {
    this.#size += payload.byteLength;
    if (this.#size > maximumAnswer) throw new RangeError('the answer is too large to be collected');
    this.#facts.held(payload.byteLength);
    for (const { type, data } of this.#decoder.push(payload)) this.#take(this.#reader.event(type, data));
    return '';
  }

  end(): string {
    this.#take(this.#reader.end());
    if (!this.complete) this.failure ??= this.#blocks.size === 0 ? emptyStream : cutStream;
    if (this.failure !== null) return this.#fail();
    const inOrder = [...this.#blocks].toSorted(([a], [b]) => a - b);
    return this.#write({ ...this.#response, blocks: inOrder.map(([, events]) => blockOf(events)) });
  }

  /** What a failed answer used is billed all the same. */
  #fail(): '' {
    const { usage } = this.#response;
    if (usage !== null) this.#facts.usage(usage);
    return '';
  }

  broken(): null {
    return null;
  }

  #take(events: readonly PivotEvent[]): void {
    for (const event of events) {
      if ('block' in event) this.#add(event);
      else if (event.kind === 'usage') this.#response = { ...this.#response, usage: event.usage };
      else if (event.kind === 'error') this.failure ??= event.error;
      else if (event.kind === 'start') {
        const { id, model, created } = event;
        this.#response = { ...this.#response, id, model, created };
      } else if (event.kind === 'stop') {
        const { stop, stopSequence } = event;
        this.complete = true;
        this.#response = { ...this.#response, stop, stopSequence };
      }
    }
  }

  #add(event: BlockEvent): void {
    const events = this.#blocks.get(event.block);
    if (events === undefined) this.#blocks.set(event.block, [event]);
    else events.push(event);
  }
}

/** The block that these events tell. */
function blockOf(events: readonly BlockEvent[]): Block {
  const text = events.map((event) => ('text' in event ? event.text : '')).join('');
  for (const event of events) {
    if (event.kind === 'text' || event.kind === 'refusal') return { kind: event.kind, text };
    if (event.kind === 'redacted') return { kind: 'thinking', text, redacted: event.data, vendor: event.vendor };
    if (event.kind === 'toolStart') {
      const { id, name, signature, freeform } = event;
      return {
        kind: 'toolCall',
        id,
        name,
        input: text,
        ...(signature === undefined ? {} : { signature }),
        ...(freeform === undefined ? {} : { freeform }),
      };
    }
  }
  const signed = events.find((event) => event.kind === 'signature');
  if (signed === undefined) return { kind: 'thinking', text, vendor: '' };
  return { kind: 'thinking', text, signature: signed.signature, vendor: signed.vendor };
}
