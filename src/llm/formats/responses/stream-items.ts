import type { JsonObject } from '../../pivot/format.ts';
import type { CallSignature } from '../../pivot/request.ts';
import type { Signed } from './encrypted.ts';
import {
  callItem,
  messageItem,
  messagePart,
  reasoningId,
  reasoningItem,
  signatureItem,
  summaryPart,
  type ItemStatus,
} from './output-items.ts';
import type { ClientTool } from './tool-names.ts';

/** Numbers the events of one stream. */
export class EventSequence {
  #next = 0;

  /** The text of an event. */
  event(type: string, fields: JsonObject): string {
    return this.raw(type, JSON.stringify(fields).slice(1));
  }

  /** As {@link event}, for the text of the fields with its closing brace and without the opening one. */
  raw(type: string, fields: string): string {
    return `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.#next++},${fields}\n\n`;
  }
}

/** An item of the output while it is streamed. */
export interface StreamItem {
  /** Ends what is open; the text of its last events. */
  close(status: ItemStatus): string;
  /** The item as it is in the end; only after {@link close}. */
  readonly item: JsonObject;
}

/** Where an item stands, and what numbers its events. */
interface Place {
  readonly id: string;
  readonly index: number;
  readonly events: EventSequence;
}

/** The events around every item. */
function added({ index, events }: Place, item: JsonObject): string {
  return events.event('response.output_item.added', { output_index: index, item });
}

function done({ index, events }: Place, item: JsonObject): string {
  return events.event('response.output_item.done', { output_index: index, item });
}

/** Text fields of an event of an item, before its own. */
function place({ id, index }: Place): string {
  return `"item_id":${JSON.stringify(id)},"output_index":${index}`;
}

/** A message: parts of text and refusal, one after the other. */
export class StreamedMessage implements StreamItem {
  item: JsonObject = {};
  readonly #place: Place;
  readonly #content: JsonObject[] = [];
  /** The part that is open: its block, and its text so far. */
  #part: { readonly block: number; readonly kind: 'text' | 'refusal'; readonly at: string; text: string } | null = null;

  constructor(at: Place) {
    this.#place = at;
  }

  open(): string {
    return added(this.#place, messageItem(this.#place.id, 'in_progress', []));
  }

  write(kind: 'text' | 'refusal', block: number, text: string): string {
    let out = '';
    if (this.#part === null || this.#part.block !== block || this.#part.kind !== kind) {
      const at = `${place(this.#place)},"content_index":${this.#content.length + (this.#part === null ? 0 : 1)}`;
      out = this.#closePart() + this.#event('response.content_part.added', at, { part: messagePart(kind, '') });
      this.#part = { block, kind, at, text: '' };
    }
    const part = this.#part as { at: string; text: string };
    part.text += text;
    const delta = `${part.at},"delta":${JSON.stringify(text)}`;
    const { events } = this.#place;
    return kind === 'text'
      ? `${out}${events.raw('response.output_text.delta', `${delta},"logprobs":[]}`)}`
      : `${out}${events.raw('response.refusal.delta', `${delta}}`)}`;
  }

  close(status: ItemStatus): string {
    const out = this.#closePart();
    this.item = messageItem(this.#place.id, status, this.#content);
    return out + done(this.#place, this.item);
  }

  #closePart(): string {
    if (this.#part === null) return '';
    const { kind, at, text } = this.#part;
    const part = messagePart(kind, text);
    this.#content.push(part);
    this.#part = null;
    const whole =
      kind === 'text'
        ? this.#event('response.output_text.done', at, { text, logprobs: [] })
        : this.#event('response.refusal.done', at, { refusal: text });
    return whole + this.#event('response.content_part.done', at, { part });
  }

  #event(type: string, at: string, fields: JsonObject): string {
    return this.#place.events.raw(type, `${at},${JSON.stringify(fields).slice(1)}`);
  }
}

/** A thought: a summary of one part, and at its end what makes it replayable. */
export class StreamedThought implements StreamItem {
  item: JsonObject = {};
  readonly block: number;
  readonly #place: Place;
  #id: string;
  #text = '';
  #opened = false;
  #signed: Signed | null = null;

  constructor(at: Place, block: number) {
    this.#place = at;
    this.#id = at.id;
    this.block = block;
  }

  write(text: string): string {
    const { events } = this.#place;
    const out = this.#open();
    const begins =
      this.#text === '' ? this.#event('response.reasoning_summary_part.added', { part: summaryPart('') }) : '';
    this.#text += text;
    const delta = `${place(this.#place)},"summary_index":0,"delta":${JSON.stringify(text)}}`;
    return out + begins + events.raw('response.reasoning_summary_text.delta', delta);
  }

  /** What its vendor wants back. The id of a thought of OpenAI's stays its own where nothing of it was said yet. */
  sign(signed: Signed): void {
    this.#signed = signed;
    if (!this.#opened) this.#id = reasoningId(this.#place.id, signed);
  }

  close(): string {
    let out = this.#open();
    if (this.#text !== '') {
      out += this.#event('response.reasoning_summary_text.done', { text: this.#text });
      out += this.#event('response.reasoning_summary_part.done', { part: summaryPart(this.#text) });
    }
    // Without a signature nobody can use it again, whoever thought it.
    this.item = reasoningItem(this.#id, { text: this.#text, ...(this.#signed ?? { vendor: 'openai' }) });
    return out + done(this.#place, this.item);
  }

  #open(): string {
    if (this.#opened) return '';
    this.#opened = true;
    return added(this.#place, { id: this.#id, type: 'reasoning', summary: [], encrypted_content: null });
  }

  #event(type: string, fields: JsonObject): string {
    const { events } = this.#place;
    return events.raw(type, `${place(this.#place)},"summary_index":0,${JSON.stringify(fields).slice(1)}`);
  }
}

/** Carries the signature of the call after it. */
export class StreamedSignature implements StreamItem {
  readonly item: JsonObject;
  readonly #place: Place;

  constructor(at: Place, signature: CallSignature) {
    this.#place = at;
    this.item = signatureItem(at.id, signature);
  }

  close(): string {
    return added(this.#place, this.item) + done(this.#place, this.item);
  }
}

/** A call of a function or of a freeform tool. */
export class StreamedCall implements StreamItem {
  item: JsonObject = {};
  readonly #place: Place;
  readonly #callId: string;
  readonly #tool: ClientTool;
  #input = '';

  constructor(at: Place, callId: string, tool: ClientTool) {
    this.#place = at;
    this.#callId = callId;
    this.#tool = tool;
  }

  open(): string {
    return added(this.#place, this.#item('in_progress'));
  }

  write(text: string): string {
    this.#input += text;
    return this.#event('delta', { delta: text });
  }

  close(status: ItemStatus): string {
    let out = '';
    // A call without input is one of an empty object: '' is no JSON.
    if (!this.#tool.freeform && this.#input === '') out = this.write('{}');
    out += this.#event('done', this.#tool.freeform ? { input: this.#input } : { arguments: this.#input });
    this.item = this.#item(status);
    return out + done(this.#place, this.item);
  }

  #event(step: 'delta' | 'done', fields: JsonObject): string {
    const type = this.#tool.freeform ? 'custom_tool_call_input' : 'function_call_arguments';
    const text = `${place(this.#place)},${JSON.stringify(fields).slice(1)}`;
    return this.#place.events.raw(`response.${type}.${step}`, text);
  }

  #item(status: ItemStatus): JsonObject {
    const ids = { id: this.#place.id, callId: this.#callId };
    return callItem(ids, status, this.#tool, this.#input);
  }
}
