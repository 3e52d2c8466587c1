import { isJsonRecord, parseJsonRecord } from '../../json/parse.ts';
import type { JsonObject, StreamReader } from '../../pivot/format.ts';
import type { PivotError, PivotEvent } from '../../pivot/response.ts';
import { outputTool } from '../messages/output-tool.ts';
import { readException } from './errors.ts';
import { brokenEvent } from '../upstream-errors.ts';
import { signer, textOf } from './read-content.ts';
import { readStopSequence } from './read-response.ts';
import { readFailure, readStopReason } from './stop-reason.ts';
import { readUsage } from './usage.ts';

/** What a block of the upstream is; `other` is what no client has a place for. */
type BlockKind = 'text' | 'thinking' | 'tool' | 'output' | 'other';

/** A block of the upstream that is not over. */
interface OpenBlock {
  readonly kind: BlockKind;
  /** The pivot's number; -1 until something of the block is told. */
  number: number;
  hasInput: boolean;
  /** Encrypted reasoning, which only means something whole. */
  readonly redacted: Buffer[];
}

/**
 * Reads one ConverseStream, frame by frame. Blocks of text and reasoning may begin without a start; the usage comes after
 * the reason to stop; a stream without any event broke off.
 */
export class ConverseStreamReader implements StreamReader {
  /** By the upstream's `contentBlockIndex`. */
  readonly #open = new Map<unknown, OpenBlock>();
  #blocks = 0;
  #started = false;
  #failed = false;
  #hasCalls = false;
  #hasOutput = false;

  event(type: string, data: string): readonly PivotEvent[] {
    if (this.#failed) return [];
    const [kind = '', name = ''] = type.split(':', 2);
    if (kind === 'exception' || kind === 'error') return [this.#failure(readException(name, data))];
    const body = parseJsonRecord(data);
    if (body === null) return [this.#failure(brokenEvent)];
    const events: PivotEvent[] = [];
    this.#read(type, body, events);
    return events;
  }

  end(): readonly PivotEvent[] {
    return [{ kind: 'end' }];
  }

  #read(type: string, body: JsonObject, events: PivotEvent[]): void {
    const index = body['contentBlockIndex'];
    switch (type) {
      case 'messageStart':
        this.#start(events);
        return;
      case 'contentBlockStart':
        this.#startBlock(index, recordOf(body['start']), events);
        return;
      case 'contentBlockDelta':
        this.#delta(index, recordOf(body['delta']), events);
        return;
      case 'contentBlockStop':
        this.#stopBlock(index, events);
        return;
      case 'messageStop':
        this.#finish(body, events);
        return;
      case 'metadata': {
        const usage = readUsage(body['usage']);
        if (usage !== null) events.push({ kind: 'usage', usage });
        return;
      }
      default:
      // `initial-response`, and events that later versions add.
    }
  }

  /** Neither an id nor a model: the answer's fields have the one, the path the other. */
  #start(events: PivotEvent[]): void {
    if (this.#started) return;
    this.#started = true;
    events.push({ kind: 'start', id: '', model: '', created: 0 });
  }

  #startBlock(index: unknown, start: JsonObject, events: PivotEvent[]): void {
    this.#start(events);
    const call = start['toolUse'];
    if (!isJsonRecord(call)) {
      // A block of reasoning or text shows with its first delta what it is.
      if (start['toolResult'] !== undefined || start['image'] !== undefined) this.#openBlock(index, 'other');
      return;
    }
    if (call['type'] === 'server_tool_use') {
      this.#openBlock(index, 'other');
      return;
    }
    const name = textOf(call['name']);
    if (name === outputTool) {
      this.#hasOutput = true;
      this.#openBlock(index, 'output');
      return;
    }
    this.#hasCalls = true;
    const block = this.#number(this.#openBlock(index, 'tool'));
    events.push({ kind: 'toolStart', block, id: textOf(call['toolUseId']), name });
  }

  #delta(index: unknown, delta: JsonObject, events: PivotEvent[]): void {
    this.#start(events);
    const { text, toolUse, reasoningContent } = delta;
    if (typeof text === 'string') this.#text('text', this.#blockOf(index, 'text'), text, events);
    else if (isJsonRecord(reasoningContent)) this.#reasoning(index, reasoningContent, events);
    else if (isJsonRecord(toolUse)) {
      const block = this.#open.get(index);
      if (block?.kind === 'tool') this.#text('toolInput', block, toolUse['input'], events);
      else if (block?.kind === 'output') this.#text('text', block, toolUse['input'], events);
    }
  }

  #reasoning(index: unknown, { text, signature, redactedContent }: JsonObject, events: PivotEvent[]): void {
    const block = this.#blockOf(index, 'thinking');
    if (block.kind !== 'thinking') return;
    this.#text('thinking', block, text, events);
    if (typeof redactedContent === 'string') block.redacted.push(Buffer.from(redactedContent, 'base64'));
    if (typeof signature !== 'string' || signature === '') return;
    events.push({ kind: 'signature', block: this.#number(block), signature, vendor: signer });
  }

  #text(kind: 'text' | 'thinking' | 'toolInput', block: OpenBlock, value: unknown, events: PivotEvent[]): void {
    const text = textOf(value);
    if (text === '' || block.kind === 'other') return;
    block.hasInput = true;
    events.push({ kind, block: this.#number(block), text });
  }

  #stopBlock(index: unknown, events: PivotEvent[]): void {
    const block = this.#open.get(index);
    if (block === undefined) return;
    this.#open.delete(index);
    if (block.redacted.length > 0) {
      const data = Buffer.concat(block.redacted).toString('base64');
      events.push({ kind: 'redacted', block: this.#number(block), data, vendor: signer });
    }
    if (block.hasInput) return;
    // A call without arguments has no deltas; clients of other APIs expect a JSON object all the same.
    if (block.kind === 'tool') this.#text('toolInput', block, '{}', events);
    else if (block.kind === 'output') this.#text('text', block, '{}', events);
  }

  #finish(body: JsonObject, events: PivotEvent[]): void {
    this.#start(events);
    for (const index of this.#open.keys()) this.#stopBlock(index, events);
    const failure = readFailure(body['stopReason']);
    if (failure !== null) {
      events.push(this.#failure(failure));
      return;
    }
    const said = readStopReason(body['stopReason']);
    const isAnswer = said === 'toolCalls' && this.#hasOutput && !this.#hasCalls;
    const stop = isAnswer ? 'end' : said === 'end' && this.#hasCalls ? 'toolCalls' : said;
    events.push({ kind: 'stop', stop, stopSequence: readStopSequence(body) });
  }

  #failure(error: PivotError): PivotEvent {
    this.#failed = true;
    return { kind: 'error', error };
  }

  /** The open block with this index; one of another kind ends where text and reasoning share an index. */
  #blockOf(index: unknown, kind: 'text' | 'thinking'): OpenBlock {
    const block = this.#open.get(index);
    const goesOn = block !== undefined && (block.kind === kind || block.kind === 'other');
    return goesOn ? block : this.#openBlock(index, kind);
  }

  #openBlock(index: unknown, kind: BlockKind): OpenBlock {
    const block: OpenBlock = { kind, number: -1, hasInput: false, redacted: [] };
    this.#open.set(index, block);
    return block;
  }

  #number(block: OpenBlock): number {
    if (block.number < 0) {
      block.number = this.#blocks;
      this.#blocks += 1;
    }
    return block.number;
  }
}

function recordOf(value: unknown): JsonObject {
  return isJsonRecord(value) ? value : {};
}
