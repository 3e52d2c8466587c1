import type { StreamReader, StreamWriter } from '../pivot/format.ts';
import { FreeformAnswer } from '../pivot/freeform.ts';
import type { FrameDecoder } from '../pivot/framing.ts';
import type { PivotError, PivotEvent, PivotUsage } from '../pivot/response.ts';
import type { ToolNames } from '../pivot/tool-names.ts';
import { beginsAnswer } from '../stream/stream-watch.ts';
import type { AnswerFacts, AnswerTranslation, AnswerTranslator } from './answer-translator.ts';

/** What a stream is that ended before it had begun. */
export const emptyStream: PivotError = {
  status: 502,
  type: 'api_error',
  message: 'the upstream ended its stream before an answer',
  code: null,
  param: null,
};

/** Event in, events out, at once. */
export class StreamedAnswer implements AnswerTranslator {
  readonly streams = true;
  readonly contentType: string;
  readonly #decoder: FrameDecoder;
  readonly #reader: StreamReader;
  readonly #writer: StreamWriter;
  readonly #names: ToolNames;
  readonly #facts: AnswerFacts;
  readonly #freeform: FreeformAnswer;
  /** What the answer is to name as its model; null: what the provider calls it. */
  readonly #model: string | null;
  begun: boolean;
  counted: number;
  characters: number;
  failure: PivotError | null;
  complete: boolean;

  constructor(
    decoder: FrameDecoder,
    reader: StreamReader,
    writer: StreamWriter,
    { names, facts, context, model = null }: Pick<AnswerTranslation, 'names' | 'facts' | 'context' | 'model'>,
  ) {
    this.contentType = writer.contentType ?? 'text/event-stream';
    this.#decoder = decoder;
    this.#reader = reader;
    this.#writer = writer;
    this.#names = names;
    this.#facts = facts;
    this.#model = model;
    this.#freeform = new FreeformAnswer(context.request);
    this.begun = false;
    this.counted = 0;
    this.characters = 0;
    this.failure = null;
    this.complete = false;
  }

  chunk(payload: Buffer): string {
    let text = '';
    for (const { type, data } of this.#decoder.push(payload)) text += this.#write(this.#reader.event(type, data));
    return text;
  }

  end(): string {
    const text = this.#write(this.#reader.end());
    if (!this.begun) this.failure ??= emptyStream;
    return text;
  }

  broken(message: string): string {
    // What was used until then, which some readers tell only at the end.
    for (const event of this.#reader.end()) if (event.kind === 'usage') this.#usage(event.usage);
    const error: PivotError = { status: 502, type: 'api_error', message, code: null, param: null };
    return this.#writer.write({ kind: 'error', error }) + this.#writer.write({ kind: 'end' });
  }

  #write(events: readonly PivotEvent[]): string {
    let text = '';
    for (const event of events) {
      if (event.kind === 'usage') this.#usage(event.usage);
      else if (event.kind === 'start') this.#facts.model(event.model);
      else if (event.kind === 'error' && !this.begun) this.failure ??= event.error;
      if (event.kind === 'stop') this.complete = true;
      else if (event.kind === 'error') this.complete = false;
      this.begun ||= beginsAnswer(event);
      if ('text' in event) this.characters += event.text.length;
      const told = this.#freeform.event(this.#renamed(event));
      if (told !== null) text += this.#writer.write(told);
    }
    return text;
  }

  #usage(usage: PivotUsage): void {
    this.#facts.usage(usage);
    if (usage.output === 0 || usage.early === true) return;
    this.counted = usage.output;
    this.characters = 0;
  }

  /** The event with the client's own name of a tool, or of the model. */
  #renamed(event: PivotEvent): PivotEvent {
    if (event.kind === 'toolStart') return { ...event, name: this.#names.toClient(event.name) };
    return event.kind === 'start' && this.#model !== null ? { ...event, model: this.#model } : event;
  }
}
