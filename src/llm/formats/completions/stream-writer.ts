import { assertNever } from '../../../base/assert-never.ts';
import type { AnswerContext, StreamWriter } from '../../pivot/format.ts';
import { freeformNames } from '../../pivot/freeform.ts';
import type { PivotError, PivotEvent, PivotUsage } from '../../pivot/response.ts';
import { writeCallId } from './call-id.ts';
import { writeError } from './errors.ts';
import { finishReasons } from './finish.ts';
import { writeThinkingBlock } from './thinking.ts';
import { writeUsage } from './usage.ts';
import { newAnswerId } from './write-response.ts';

/** What a client is told whose upstream broke off. */
const BROKEN: PivotError = {
  status: 502,
  type: 'api_error',
  message: 'the upstream ended its stream before the answer was complete',
  code: 'upstream_stream_ended',
  param: null,
};

/** A call as it is written: its number counts calls, not blocks. */
interface WrittenCall {
  readonly index: number;
  hasInput: boolean;
  /** Its input is text (`custom`), not JSON. */
  readonly freeform: boolean;
}

/**
 * Writes chunks (`chat.completion.chunk`): the role once and first, calls numbered from 0, one chunk with a
 * `finish_reason`, usage where the client asked for it, `[DONE]`. Nothing follows an error, and no `[DONE]` ends a stream
 * that failed. The role waits for the first thing said, so that until then the answer may still become another.
 */
export class CompletionsStreamWriter implements StreamWriter {
  readonly #context: Pick<AnswerContext, 'model' | 'now' | 'includeUsage'>;
  /** Text of a chunk around its delta. */
  #head = '';
  readonly #tail: string;
  readonly #freeform: ReadonlySet<string>;
  #roleSent = false;
  #stopped = false;
  #ended = false;
  #usage: PivotUsage | null = null;
  readonly #calls = new Map<number, WrittenCall>();
  /** Text of the block of reasoning that is open, which its signature repeats. */
  #thought = { block: -1, text: '' };

  constructor(context: AnswerContext) {
    const { model, now, includeUsage } = context;
    // The request need not stay in memory as long as its answer lasts.
    this.#context = { model, now, includeUsage };
    this.#freeform = freeformNames(context.request);
    this.#tail = context.includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
  }

  write(event: PivotEvent): string {
    if (this.#ended) return '';
    switch (event.kind) {
      case 'start':
        this.#begin(event.id, event.model, event.created);
        return '';
      case 'text':
        return this.#role('""') + this.#delta(`{"content":${JSON.stringify(event.text)}}`);
      case 'refusal':
        return this.#role('null') + this.#delta(`{"refusal":${JSON.stringify(event.text)}}`);
      case 'thinking':
        return this.#thinking(event.block, event.text);
      case 'signature':
        return this.#signature(event.block, event.signature, event.vendor);
      case 'redacted': {
        const block = { kind: 'thinking', text: '', redacted: event.data, vendor: event.vendor } as const;
        return this.#role('null') + this.#delta(JSON.stringify({ thinking_blocks: [writeThinkingBlock(block)] }));
      }
      case 'toolStart':
        return this.#toolStart(event.block, writeCallId(event.id, event.signature), event.name);
      case 'toolInput':
        return this.#toolInput(event.block, event.text);
      case 'stop':
        return this.#stop(finishReasons[event.stop]);
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'error':
        return this.#fail(event.error);
      case 'end':
        return this.#end();
      default:
        return assertNever(event);
    }
  }

  #begin(id: string, model: string, created: number): void {
    const { now, model: asked } = this.#context;
    const head = {
      id: id === '' ? newAnswerId() : id,
      object: 'chat.completion.chunk',
      created: created > 0 ? created : now,
      model: model === '' ? asked : model,
    };
    this.#head = `data: ${JSON.stringify(head).slice(0, -1)},"choices":[`;
  }

  #role(content: 'null' | '""'): string {
    if (this.#roleSent) return '';
    this.#roleSent = true;
    return this.#delta(`{"role":"assistant","content":${content},"refusal":null}`);
  }

  #delta(delta: string, finish = 'null'): string {
    if (this.#head === '') this.#begin('', '', 0);
    return `${this.#head}{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}${this.#tail}`;
  }

  #thinking(block: number, text: string): string {
    if (this.#thought.block === block) this.#thought.text += text;
    else this.#thought = { block, text };
    return this.#role('null') + this.#delta(`{"reasoning_content":${JSON.stringify(text)}}`);
  }

  #signature(block: number, signature: string, vendor: string): string {
    const text = this.#thought.block === block ? this.#thought.text : '';
    const written = writeThinkingBlock({ kind: 'thinking', text, signature, vendor });
    return this.#role('null') + this.#delta(JSON.stringify({ thinking_blocks: [written] }));
  }

  #toolStart(block: number, id: string, name: string): string {
    const index = this.#calls.size;
    const freeform = this.#freeform.has(name);
    this.#calls.set(block, { index, hasInput: false, freeform });
    const call = freeform
      ? { index, id, type: 'custom', custom: { name, input: '' } }
      : { index, id, type: 'function', function: { name, arguments: '' } };
    return this.#role('null') + this.#delta(JSON.stringify({ tool_calls: [call] }));
  }

  #toolInput(block: number, text: string): string {
    const call = this.#calls.get(block);
    if (call === undefined || text === '') return '';
    call.hasInput = true;
    return this.#input(call, text);
  }

  #input({ index, freeform }: WrittenCall, text: string): string {
    if (freeform) return this.#delta(`{"tool_calls":[{"index":${index},"custom":{"input":${JSON.stringify(text)}}}]}`);
    return this.#delta(`{"tool_calls":[{"index":${index},"function":{"arguments":${JSON.stringify(text)}}}]}`);
  }

  #stop(reason: string): string {
    if (this.#stopped) return '';
    let out = this.#role('""');
    // A call without input is one of an empty object: '' is no JSON.
    for (const call of this.#calls.values()) if (!call.hasInput && !call.freeform) out += this.#input(call, '{}');
    this.#stopped = true;
    return out + this.#delta('{}', JSON.stringify(reason));
  }

  #fail(error: PivotError): string {
    this.#ended = true;
    return `data: ${JSON.stringify(writeError(error))}\n\n`;
  }

  #end(): string {
    if (!this.#stopped) return this.#fail(BROKEN);
    this.#ended = true;
    const withUsage = this.#context.includeUsage && this.#usage !== null;
    const usage = withUsage
      ? `${this.#head}],"usage":${JSON.stringify(writeUsage(this.#usage as PivotUsage))}}\n\n`
      : '';
    return `${usage}data: [DONE]\n\n`;
  }
}
