import type { JsonObject, StreamReader } from '../../pivot/format.ts';
import type { PivotError, PivotEvent, StopReason } from '../../pivot/response.ts';
import { readErrorEvent } from './errors.ts';
import { brokenEvent } from '../upstream-errors.ts';
import { isAbsent, isObject, textOf } from './members.ts';
import { outputTool } from './output-tool.ts';
import { fromSafeToken } from './safe-token.ts';
import { claude } from './signature.ts';
import { readStopReason } from './stop-reason.ts';
import { readUsage } from './usage.ts';
import { parseJsonRecord } from '../../json/parse.ts';

/** A reader of one Messages stream. */
export function messagesStreamReader(): StreamReader {
  return new MessagesStreamReader();
}

/** A block of the upstream that is not over. */
interface OpenBlock {
  readonly kind: 'text' | 'thinking' | 'tool' | 'output' | 'other';
  /** The pivot's number; -1 until something of the block is told. */
  number: number;
  /** Input that came with the start of the block, where a server does not stream it. */
  readonly startInput: string;
  hasInput: boolean;
}

class MessagesStreamReader implements StreamReader {
  readonly #open = new Map<unknown, OpenBlock>();
  #blocks = 0;
  #started = false;
  #failed = false;
  #hasCalls = false;
  #hasOutput = false;
  #stop: StopReason | null = null;
  #stopSequence: string | null = null;
  /** Members of all `usage` objects so far; a later one overwrites, since they are cumulative. */
  #usage: Record<string, unknown> | null = null;
  #usageTold = false;
  /** The usage is that of the answer, not only of its start. */
  #isCounted = false;

  event(name: string, data: string): readonly PivotEvent[] {
    if (this.#failed || data === '[DONE]') return [];
    const body = parseJsonRecord(data);
    const events: PivotEvent[] = [];
    if (body === null) this.#fail(brokenEvent, events);
    else this.#read(textOf(body['type']) || name, body, events);
    return events;
  }

  end(): readonly PivotEvent[] {
    const events: PivotEvent[] = [];
    if (!this.#failed) this.#tellUsage(events);
    events.push({ kind: 'end' });
    return events;
  }

  #read(type: string, body: JsonObject, events: PivotEvent[]): void {
    switch (type) {
      case 'message_start':
        this.#start(isObject(body['message']) ? body['message'] : {}, events);
        return;
      case 'content_block_start':
        this.#startBlock(body['index'], isObject(body['content_block']) ? body['content_block'] : {}, events);
        return;
      case 'content_block_delta':
        this.#delta(this.#open.get(body['index']), isObject(body['delta']) ? body['delta'] : {}, events);
        return;
      case 'content_block_stop':
        this.#stopBlock(body['index'], events);
        return;
      case 'message_delta':
        this.#addUsage(body['usage']);
        this.#isCounted ||= isObject(body['usage']);
        this.#readStop(isObject(body['delta']) ? body['delta'] : {});
        return;
      case 'message_stop':
        this.#finish(events);
        return;
      case 'error':
        this.#fail(readErrorEvent(body), events);
        return;
      default:
      // `ping`, and events that later versions add, which the API says to ignore.
    }
  }

  #start(message: JsonObject, events: PivotEvent[]): void {
    this.#addUsage(message['usage']);
    if (this.#started) return;
    this.#started = true;
    events.push({ kind: 'start', id: textOf(message['id']), model: textOf(message['model']), created: 0 });
  }

  #startBlock(index: unknown, content: JsonObject, events: PivotEvent[]): void {
    if (!this.#started) this.#start({}, events);
    const type = content['type'];
    const isOutput = type === 'tool_use' && content['name'] === outputTool;
    const kind = isOutput ? 'output' : kindOf(type);
    const input = content['input'];
    const startInput = isObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : '';
    const block: OpenBlock = { kind, number: -1, startInput, hasInput: false };
    this.#open.set(index, block);
    if (isOutput) this.#hasOutput = true;
    if (kind === 'tool') {
      this.#hasCalls = true;
      const id = fromSafeToken(textOf(content['id']));
      events.push({ kind: 'toolStart', block: this.#number(block), id, name: textOf(content['name']) });
    } else if (type === 'redacted_thinking') {
      events.push({ kind: 'redacted', block: this.#number(block), data: textOf(content['data']), vendor: claude });
    } else {
      this.#delta(block, { type: 'text_delta', text: content['text'] }, events);
      this.#delta(block, { type: 'thinking_delta', thinking: content['thinking'] }, events);
      this.#delta(block, { type: 'signature_delta', signature: content['signature'] }, events);
    }
  }

  #delta(block: OpenBlock | undefined, delta: JsonObject, events: PivotEvent[]): void {
    if (block === undefined) return;
    const { kind } = block;
    if (kind === 'text') this.#text('text', block, delta['text'], events);
    else if (kind === 'thinking') {
      this.#text('thinking', block, delta['thinking'], events);
      const signature = textOf(delta['signature']);
      if (signature === '') return;
      events.push({ kind: 'signature', block: this.#number(block), signature, vendor: claude });
    } else if (kind === 'tool') this.#text('toolInput', block, delta['partial_json'], events);
    else if (kind === 'output') this.#text('text', block, delta['partial_json'], events);
  }

  #text(kind: 'text' | 'thinking' | 'toolInput', block: OpenBlock, value: unknown, events: PivotEvent[]): void {
    const text = textOf(value);
    if (text === '') return;
    block.hasInput = true;
    events.push({ kind, block: this.#number(block), text });
  }

  #stopBlock(index: unknown, events: PivotEvent[]): void {
    const block = this.#open.get(index);
    if (block === undefined) return;
    this.#open.delete(index);
    if ((block.kind !== 'tool' && block.kind !== 'output') || block.hasInput) return;
    // A call without arguments has no deltas; clients of other APIs expect a JSON object all the same.
    this.#delta(block, { partial_json: block.startInput || '{}' }, events);
  }

  #readStop(delta: JsonObject): void {
    if (typeof delta['stop_reason'] !== 'string') return;
    const stop = readStopReason(delta['stop_reason']);
    this.#stop = stop === 'toolCalls' && this.#hasOutput && !this.#hasCalls ? 'end' : stop;
    const sequence = delta['stop_sequence'];
    this.#stopSequence = typeof sequence === 'string' ? sequence : null;
  }

  /** Only `message_stop` makes an answer whole, so the reason to stop waits for it. */
  #finish(events: PivotEvent[]): void {
    if (this.#stop !== null) events.push({ kind: 'stop', stop: this.#stop, stopSequence: this.#stopSequence });
    this.#stop = null;
    this.#tellUsage(events);
  }

  #fail(error: PivotError, events: PivotEvent[]): void {
    this.#tellUsage(events);
    this.#failed = true;
    events.push({ kind: 'error', error });
  }

  #addUsage(usage: unknown): void {
    if (!isObject(usage)) return;
    this.#usage ??= {};
    for (const name of Object.keys(usage)) if (!isAbsent(usage[name])) this.#usage[name] = usage[name];
  }

  #tellUsage(events: PivotEvent[]): void {
    const usage = this.#usageTold ? null : readUsage(this.#usage);
    if (usage === null) return;
    this.#usageTold = true;
    events.push({ kind: 'usage', usage: this.#isCounted ? usage : { ...usage, early: true } });
  }

  #number(block: OpenBlock): number {
    if (block.number < 0) {
      block.number = this.#blocks;
      this.#blocks += 1;
    }
    return block.number;
  }
}

function kindOf(type: unknown): OpenBlock['kind'] {
  if (type === 'text' || type === 'thinking') return type;
  return type === 'tool_use' ? 'tool' : 'other';
}
