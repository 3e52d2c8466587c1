import { isJsonRecord, parseJsonRecord } from '../../json/parse.ts';
import type { JsonObject, StreamReader } from '../../pivot/format.ts';
import type { PivotError, PivotEvent } from '../../pivot/response.ts';
import { outputTool } from '../messages/output-tool.ts';
import { brokenEvent } from '../upstream-errors.ts';
import { readFailure, readFinish } from './finish-reason.ts';
import { readUsage } from './usage.ts';

/** A block of the upstream that grows. */
interface OpenBlock {
  readonly kind: 'text' | 'thinking' | 'toolInput';
  readonly number: number;
  hasText: boolean;
}

/**
 * Reads one streamed chat answer, event by event. Contents and calls are numbered apart upstream; the plan has no number.
 * Only `message-end` makes an answer whole; citations are left out.
 */
export class CohereStreamReader implements StreamReader {
  /** By what the upstream numbers, and its number. */
  readonly #open = new Map<string, OpenBlock>();
  #blocks = 0;
  #started = false;
  #over = false;
  #hasCalls = false;
  #hasAnswer = false;

  event(name: string, data: string): readonly PivotEvent[] {
    if (this.#over || data === '' || data === '[DONE]') return [];
    const body = parseJsonRecord(data);
    const events: PivotEvent[] = [];
    if (body === null) this.#fail(brokenEvent, events);
    else this.#read(textOf(body['type']) || name, body, events);
    return events;
  }

  end(): readonly PivotEvent[] {
    return [{ kind: 'end' }];
  }

  #read(type: string, body: JsonObject, events: PivotEvent[]): void {
    const delta = recordOf(body['delta']);
    const message = recordOf(delta['message']);
    const { index } = body;
    const number = typeof index === 'number' ? String(index) : '0';
    switch (type) {
      case 'message-start':
        this.#start(textOf(body['id']), events);
        return;
      case 'content-start':
      case 'content-delta':
        this.#content(number, recordOf(message['content']), events);
        return;
      case 'tool-plan-delta':
        this.#grow('plan', 'thinking', message['tool_plan'], events);
        return;
      case 'tool-call-start':
        this.#startCall(number, callOf(message), events);
        return;
      case 'tool-call-delta':
        this.#growCall(number, recordOf(callOf(message)['function'])['arguments'], events);
        return;
      case 'tool-call-end':
        this.#endCall(`call ${number}`, events);
        return;
      case 'message-end':
        this.#finish(delta, events);
        return;
      case 'error':
        this.#fail(readFailure('ERROR', body['message'] ?? body['error']) ?? brokenEvent, events);
        return;
      default:
      // `content-end`, citations, `debug`, and events that later versions add.
    }
  }

  #start(id: string, events: PivotEvent[]): void {
    if (this.#started) return;
    this.#started = true;
    events.push({ kind: 'start', id, model: '', created: 0 });
  }

  #content(number: string, { text, thinking }: JsonObject, events: PivotEvent[]): void {
    this.#grow(`thought ${number}`, 'thinking', thinking, events);
    this.#grow(`content ${number}`, 'text', text, events);
  }

  #startCall(number: string, call: JsonObject, events: PivotEvent[]): void {
    this.#start('', events);
    const described = recordOf(call['function']);
    const name = textOf(described['name']);
    if (name === outputTool) {
      this.#hasAnswer = true;
      this.#openBlock(`call ${number}`, 'text');
    } else {
      this.#hasCalls = true;
      const block = this.#openBlock(`call ${number}`, 'toolInput').number;
      events.push({ kind: 'toolStart', block, id: textOf(call['id']), name });
    }
    this.#growCall(number, described['arguments'], events);
  }

  #growCall(number: string, value: unknown, events: PivotEvent[]): void {
    const block = this.#open.get(`call ${number}`);
    if (block !== undefined) tell(block, value, events);
  }

  /** A call without arguments has no deltas; clients of other APIs expect a JSON object all the same. */
  #endCall(key: string, events: PivotEvent[]): void {
    const block = this.#open.get(key);
    if (block === undefined) return;
    this.#open.delete(key);
    if (!block.hasText) tell(block, '{}', events);
  }

  #grow(key: string, kind: 'text' | 'thinking', value: unknown, events: PivotEvent[]): void {
    if (textOf(value) === '') return;
    this.#start('', events);
    tell(this.#open.get(key) ?? this.#openBlock(key, kind), value, events);
  }

  #finish(delta: JsonObject, events: PivotEvent[]): void {
    this.#start('', events);
    for (const key of this.#open.keys()) if (key.startsWith('call ')) this.#endCall(key, events);
    const usage = readUsage(delta['usage']);
    const reason = delta['finish_reason'];
    const failure = readFailure(reason, delta['error']);
    if (failure === null) {
      const stop = readFinish(reason, this.#hasCalls, this.#hasAnswer);
      events.push({ kind: 'stop', stop, stopSequence: null });
    }
    if (usage !== null) events.push({ kind: 'usage', usage });
    if (failure !== null) this.#fail(failure, events);
    this.#over = true;
  }

  #fail(error: PivotError, events: PivotEvent[]): void {
    this.#over = true;
    events.push({ kind: 'error', error });
  }

  #openBlock(key: string, kind: OpenBlock['kind']): OpenBlock {
    const block: OpenBlock = { kind, number: this.#blocks, hasText: false };
    this.#blocks += 1;
    this.#open.set(key, block);
    return block;
  }
}

function tell(block: OpenBlock, value: unknown, events: PivotEvent[]): void {
  const text = textOf(value);
  if (text === '') return;
  block.hasText = true;
  events.push({ kind: block.kind, block: block.number, text });
}

/** The call of a delta: Cohere's own servers send it bare, others that speak this API in a list. */
function callOf({ tool_calls: calls }: JsonObject): JsonObject {
  return recordOf(Array.isArray(calls) ? calls[0] : calls);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function recordOf(value: unknown): JsonObject {
  return isJsonRecord(value) ? value : {};
}
