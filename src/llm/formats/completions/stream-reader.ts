import { isJsonRecord, parseJson } from '../../json/parse.ts';
import type { JsonObject, StreamReader } from '../../pivot/format.ts';
import type { PivotEvent, PivotUsage } from '../../pivot/response.ts';
import { readStreamError } from './errors.ts';
import { readFinish } from './finish.ts';
import { readThinkingBlock, reasoningText, thinkingPartText } from './thinking.ts';
import { ToolDeltas } from './tool-deltas.ts';
import { readUsage } from './usage.ts';

const DONE = '[DONE]';
/** What is no chunk, as an error of the upstream's. */
const NOT_A_CHUNK = { message: 'the upstream sent an event that is not a JSON object', code: 502 };
const NONE: readonly PivotEvent[] = [];

/**
 * Reads the chunks of OpenAI and of the servers that copy it (`chat.completion.chunk`). A stream without `[DONE]` has
 * ended well if a `finish_reason` came; one with `[DONE]` has ended well without. Only the first choice is read.
 */
export class CompletionsStreamReader implements StreamReader {
  #id = '';
  #model = '';
  #created = 0;
  #started = false;
  #stopped = false;
  #failed = false;
  #blocks = 0;
  #usage: PivotUsage | null = null;
  /** The block that grows; tool calls grow beside it. */
  #open: 'text' | 'refusal' | 'thinking' | null = null;
  /** Whether the open block of reasoning has text. */
  #hasThought = false;
  readonly #tools = new ToolDeltas();
  readonly #nextBlock = (): number => {
    this.#open = null;
    return this.#blocks++;
  };

  event(event: string, data: string): readonly PivotEvent[] {
    if (this.#failed || data === '') return NONE;
    if (data.trim() === DONE) return this.#done();
    const chunk = parseJson(data);
    if (!isJsonRecord(chunk)) return this.#fail(NOT_A_CHUNK);
    const error = chunk['error'] ?? (event === 'error' ? (chunk['message'] ?? data) : undefined);
    if (error !== undefined && error !== null) return this.#fail(error);
    const events: PivotEvent[] = [];
    this.#head(chunk);
    const choice = firstChoice(chunk['choices']);
    if (choice !== null) {
      this.#start(events);
      if (choice['finish_reason'] === 'error')
        return this.#fail(choice['error'] ?? 'the upstream stopped with an error');
      if (!this.#stopped) this.#choice(choice, events);
    }
    const usage = readUsage(chunk, this.#usage);
    if (usage !== null) {
      this.#usage = usage;
      this.#start(events);
      events.push({ kind: 'usage', usage });
    }
    return events;
  }

  end(): readonly PivotEvent[] {
    return [{ kind: 'end' }];
  }

  #done(): readonly PivotEvent[] {
    if (this.#stopped || !this.#started) return NONE;
    this.#stopped = true;
    return [{ kind: 'stop', ...readFinish(null, null, this.#tools.any) }];
  }

  #fail(error: unknown): readonly PivotEvent[] {
    this.#failed = true;
    return [{ kind: 'error', error: readStreamError(error) }];
  }

  /** Azure's first chunk has no name; all that come later are the same. */
  #head({ id, model, created }: JsonObject): void {
    if (this.#started) return;
    if (typeof id === 'string' && id !== '') this.#id = id;
    if (typeof model === 'string' && model !== '') this.#model = model;
    if (typeof created === 'number' && created > 0) this.#created = Math.trunc(created);
  }

  #start(events: PivotEvent[]): void {
    if (this.#started) return;
    this.#started = true;
    events.push({ kind: 'start', id: this.#id, model: this.#model, created: this.#created });
  }

  #choice(choice: JsonObject, events: PivotEvent[]): void {
    // Servers that only pretend to stream send the whole message.
    const delta = choice['delta'] ?? choice['message'];
    if (isJsonRecord(delta)) this.#delta(delta, events);
    const finish = choice['finish_reason'];
    if (typeof finish !== 'string' || finish === '' || finish === 'null') return;
    this.#stopped = true;
    events.push({ kind: 'stop', ...readFinish(finish, choice['stop_reason'], this.#tools.any) });
  }

  #delta(delta: JsonObject, events: PivotEvent[]): void {
    const { content, refusal, tool_calls: calls, function_call: legacy } = delta;
    const reasoning = reasoningText(delta);
    if (reasoning !== '') this.#thought(reasoning, events);
    this.#thinkingBlocks(delta['thinking_blocks'], reasoning === '', events);
    if (typeof content === 'string') this.#text(content, events);
    else if (Array.isArray(content)) for (const part of content) this.#part(part, events);
    if (typeof refusal === 'string' && refusal !== '') {
      events.push({ kind: 'refusal', block: this.#block('refusal'), text: refusal });
    }
    if (Array.isArray(calls)) for (const call of calls) this.#tools.read(call, this.#id, this.#nextBlock, events);
    if (isJsonRecord(legacy)) this.#tools.read({ index: 0, function: legacy }, this.#id, this.#nextBlock, events);
  }

  #part(part: unknown, events: PivotEvent[]): void {
    if (!isJsonRecord(part)) return;
    if (part['type'] === 'thinking') this.#thought(thinkingPartText(part), events);
    else if (typeof part['text'] === 'string') this.#text(part['text'], events);
  }

  #text(text: string, events: PivotEvent[]): void {
    if (text !== '') events.push({ kind: 'text', block: this.#block('text'), text });
  }

  #thought(text: string, events: PivotEvent[]): void {
    if (text === '') return;
    events.push({ kind: 'thinking', block: this.#block('thinking'), text });
    this.#hasThought = true;
  }

  /** Signatures; the text beside one repeats what came before it, except where nothing did. */
  #thinkingBlocks(values: unknown, withText: boolean, events: PivotEvent[]): void {
    if (!Array.isArray(values)) return;
    for (const value of values) {
      const block = readThinkingBlock(value);
      if (block === null) continue;
      const { text, signature, redacted, vendor } = block;
      if (redacted !== undefined) {
        events.push({ kind: 'redacted', block: this.#nextBlock(), data: redacted, vendor });
        continue;
      }
      const repeats = signature !== undefined && this.#open === 'thinking' && this.#hasThought;
      if (withText && !repeats) this.#thought(text, events);
      if (signature === undefined) continue;
      events.push({ kind: 'signature', block: this.#block('thinking'), signature, vendor });
      this.#open = null;
    }
  }

  #block(kind: 'text' | 'refusal' | 'thinking'): number {
    if (this.#open === kind) return this.#blocks - 1;
    this.#open = kind;
    this.#hasThought = false;
    return this.#blocks++;
  }
}

/** The choice with number 0, which servers with one choice may leave out. */
function firstChoice(choices: unknown): JsonObject | null {
  if (!Array.isArray(choices)) return null;
  for (const choice of choices) {
    if (isJsonRecord(choice) && (choice['index'] === undefined || choice['index'] === 0)) return choice;
  }
  return null;
}
