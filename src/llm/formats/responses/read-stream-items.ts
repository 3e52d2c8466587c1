import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { PivotEvent } from '../../pivot/response.ts';
import { homeSignature, HOME } from './encrypted.ts';
import { readCall } from './read-response.ts';
import { PART_BREAK, reasoningText } from './reasoning-text.ts';

/** A piece of an item that is a block: how many characters of it were given. */
interface Piece {
  readonly block: number;
  given: number;
}

/** An item as far as it was streamed. */
interface Item {
  readonly type: ItemType;
  /** Pieces of a message by the number of their part; those of other items have one, 0. */
  readonly pieces: Map<number, Piece>;
  /** Of a thought: which of its two texts is given, and the part that it is at. */
  shows: 'summary' | 'content' | null;
  part: number;
  signed: boolean;
}

type TextKind = 'text' | 'refusal' | 'thinking' | 'toolInput';
type ItemType = 'message' | 'reasoning' | 'call';

const typeOf: Readonly<Record<TextKind, ItemType>> = {
  text: 'message',
  refusal: 'message',
  thinking: 'reasoning',
  toolInput: 'call',
};

/**
 * Puts the events of items together, in whatever detail they come: deltas, whole parts, whole items or the whole output.
 * What was given once is not given again.
 */
export class StreamedItems {
  readonly #byIndex = new Map<number, Item>();
  /** Items whose events name them by id only, which some servers do. */
  readonly #byId = new Map<string, number>();
  #blocks = 0;
  #calls = 0;
  #events: PivotEvent[] = [];

  /** Whether any call began. */
  get hasCalls(): boolean {
    return this.#calls > 0;
  }

  /** Reads an event of an item; others mean nothing. */
  read(type: string, event: JsonObject): readonly PivotEvent[] {
    this.#events = [];
    const { item } = event;
    const number = this.#number(event, isJsonRecord(item) ? item : null, type === 'response.output_item.added');
    switch (type) {
      case 'response.output_item.added':
        if (isJsonRecord(item)) this.#begin(number, item);
        break;
      case 'response.output_item.done':
        if (isJsonRecord(item)) this.#whole(number, item);
        break;
      default:
        this.#text(type, number, event);
    }
    return this.#events;
  }

  /** Reads the output of the response that ends the stream: what of it was not given. */
  whole(output: unknown): readonly PivotEvent[] {
    this.#events = [];
    if (!Array.isArray(output)) return this.#events;
    for (const [index, item] of output.entries()) {
      if (!isJsonRecord(item)) continue;
      const number = this.#known(idsOf({}, item)) ?? index;
      // Servers that leave items out of the output number the others anew.
      const known = this.#byIndex.get(number)?.type;
      if (known === undefined || known === itemType(item)) this.#whole(number, item);
    }
    return this.#events;
  }

  #text(type: string, number: number, event: JsonObject): void {
    const part = numberOf(event['content_index']) ?? 0;
    switch (type) {
      case 'response.output_text.delta':
        return this.#delta('text', number, part, event['delta']);
      case 'response.output_text.done':
        return this.#rest('text', number, part, event['text']);
      case 'response.refusal.delta':
        return this.#delta('refusal', number, part, event['delta']);
      case 'response.refusal.done':
        return this.#rest('refusal', number, part, event['refusal']);
      case 'response.content_part.done':
        return isJsonRecord(event['part']) ? this.#part(number, part, event['part']) : undefined;
      case 'response.reasoning_summary_text.delta':
        return this.#thought('summary', number, numberOf(event['summary_index']) ?? 0, event['delta']);
      case 'response.reasoning_text.delta':
        return this.#thought('content', number, part, event['delta']);
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        return this.#delta('toolInput', number, 0, event['delta']);
      case 'response.function_call_arguments.done':
        return this.#rest('toolInput', number, 0, event['arguments']);
      case 'response.custom_tool_call_input.done':
        return this.#rest('toolInput', number, 0, event['input']);
      default:
    }
  }

  /** The place of an item: as the event says, else where its id was seen, else after those that were. */
  #number(event: JsonObject, item: JsonObject | null, begins: boolean): number {
    const ids = idsOf(event, item);
    const number = numberOf(event['output_index']) ?? this.#known(ids) ?? this.#after(begins || ids.length > 0);
    for (const id of ids) this.#byId.set(id, number);
    return number;
  }

  #known(ids: readonly string[]): number | undefined {
    return ids.map((id) => this.#byId.get(id)).find((number) => number !== undefined);
  }

  /** A new item comes after all that were; an event that names none belongs to the last. */
  #after(isNew: boolean): number {
    const last = Math.max(-1, ...this.#byIndex.keys(), ...this.#byId.values());
    return isNew ? last + 1 : Math.max(0, last);
  }

  #item(number: number, type: ItemType): Item {
    let item = this.#byIndex.get(number);
    if (item === undefined) {
      item = { type, pieces: new Map(), shows: null, part: 0, signed: false };
      this.#byIndex.set(number, item);
    }
    return item;
  }

  #piece(number: number, part: number, type: ItemType): Piece {
    const { pieces } = this.#item(number, type);
    let piece = pieces.get(part);
    if (piece === undefined) {
      piece = { block: this.#blocks++, given: 0 };
      pieces.set(part, piece);
    }
    return piece;
  }

  #begin(number: number, value: JsonObject): void {
    const type = itemType(value);
    if (type === null) return;
    const { pieces } = this.#item(number, type);
    const call = readCall(value);
    if (call === null || pieces.size > 0) return;
    const { block } = this.#piece(number, 0, type);
    this.#calls += 1;
    const { id, name, freeform } = call;
    this.#events.push({ kind: 'toolStart', block, id, name, ...(freeform === true ? { freeform } : {}) });
  }

  #delta(kind: TextKind, number: number, part: number, text: unknown): void {
    if (typeof text !== 'string' || text === '') return;
    // Input of a call that was never announced is that of none.
    if (kind === 'toolInput' && this.#byIndex.get(number)?.pieces.has(0) !== true) return;
    const piece = this.#piece(number, part, typeOf[kind]);
    piece.given += text.length;
    this.#events.push({ kind, block: piece.block, text });
  }

  /** Gives what of a whole text the deltas did not. */
  #rest(kind: TextKind, number: number, part: number, text: unknown): void {
    if (typeof text !== 'string') return;
    const given = this.#byIndex.get(number)?.pieces.get(part)?.given ?? 0;
    this.#delta(kind, number, part, text.slice(given));
  }

  #part(number: number, at: number, part: JsonObject): void {
    if (part['type'] === 'output_text') this.#rest('text', number, at, part['text']);
    else if (part['type'] === 'refusal') this.#rest('refusal', number, at, part['refusal']);
  }

  /** Only one of the two texts of a thought is given: the one that comes first. */
  #thought(shows: 'summary' | 'content', number: number, part: number, text: unknown): void {
    const item = this.#item(number, 'reasoning');
    item.shows ??= shows;
    if (item.shows !== shows || typeof text !== 'string' || text === '') return;
    const begins = item.part !== part && item.pieces.has(0) && shows === 'summary';
    item.part = part;
    this.#delta('thinking', number, 0, begins ? PART_BREAK + text : text);
  }

  #whole(number: number, value: JsonObject): void {
    switch (value['type']) {
      case 'message':
        if (!Array.isArray(value['content'])) return;
        for (const [at, part] of value['content'].entries()) if (isJsonRecord(part)) this.#part(number, at, part);
        return;
      case 'reasoning':
        return this.#wholeThought(number, value);
      default: {
        this.#begin(number, value);
        const call = readCall(value);
        if (call !== null) this.#rest('toolInput', number, 0, call.input);
      }
    }
  }

  #wholeThought(number: number, value: JsonObject): void {
    const item = this.#item(number, 'reasoning');
    if (item.signed) return;
    if (item.shows !== 'content' || (Array.isArray(value['summary']) && value['summary'].length === 0)) {
      this.#rest('thinking', number, 0, reasoningText(value));
    }
    const { id, encrypted_content: content } = value;
    if (typeof content !== 'string' || content === '') return;
    item.signed = true;
    const signature = homeSignature({ id: typeof id === 'string' ? id : '', content });
    this.#events.push({ kind: 'signature', block: this.#piece(number, 0, 'reasoning').block, signature, vendor: HOME });
  }
}

function idsOf(event: JsonObject, item: JsonObject | null): string[] {
  return [event['item_id'], item?.['id'], item?.['call_id']].filter(
    (id): id is string => typeof id === 'string' && id !== '',
  );
}

/** Null: what a tool of OpenAI's own did. */
function itemType({ type }: JsonObject): ItemType | null {
  if (type === 'message' || type === 'reasoning') return type;
  return type === 'function_call' || type === 'custom_tool_call' ? 'call' : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
