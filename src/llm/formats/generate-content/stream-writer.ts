import { assertNever } from '../../../base/assert-never.ts';
import type { AnswerContext, StreamWriter } from '../../pivot/format.ts';
import type { CallSignature, ThinkingBlock } from '../../pivot/request.ts';
import type { PivotError, PivotEvent, PivotUsage, StopReason } from '../../pivot/response.ts';
import { ClientParts } from './client-parts.ts';
import { writeError } from './errors.ts';
import { brokenOff } from '../upstream-errors.ts';
import { writeFinishReason } from './finish-reason.ts';
import type { Written } from './members.ts';
import { writeUsage } from './usage.ts';
import { answerTail, writeCandidate } from './write-response.ts';

/** A call whose arguments are still coming. */
interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly signature: CallSignature | undefined;
  input: string;
}

/**
 * Writes chunks: as server-sent events where the client's query has `alt=sse`, else as the elements of one JSON array.
 * A call is one part, told when its arguments are whole and another block begins, or the answer stops; the last chunk has the reason to stop and the
 * usage. An error is the last chunk: `{"error": …}`.
 */
export class GenerateContentStreamWriter implements StreamWriter {
  readonly contentType: string;
  readonly #isSse: boolean;
  readonly #parts: ClientParts;
  readonly #context: AnswerContext;
  readonly #calls = new Map<number, OpenCall>();
  /** Text of hidden thoughts whose signature has not come. */
  readonly #thoughts = new Map<number, string>();
  #tail = '';
  #isFirst = true;
  #isOver = false;
  #stop: StopReason | null = null;
  #usage: PivotUsage | null = null;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#parts = new ClientParts(context.body);
    this.#isSse = new URLSearchParams(context.query).getAll('alt').includes('sse');
    this.contentType = this.#isSse ? 'text/event-stream' : 'application/json';
  }

  write(event: PivotEvent): string {
    if (this.#isOver) return '';
    switch (event.kind) {
      case 'start':
        this.#begin(event.id, event.model);
        return '';
      case 'text':
      case 'refusal':
        return event.text === '' ? '' : this.#tellCalls(false) + this.#chunk([this.#parts.text(event.text)]);
      case 'thinking':
        return this.#tellCalls(false) + this.#thinking(event.block, event.text);
      case 'signature':
        return this.#thought({
          text: this.#thoughts.get(event.block) ?? '',
          vendor: event.vendor,
          signature: event.signature,
        });
      case 'redacted':
        return this.#thought({ text: '', vendor: event.vendor, redacted: event.data });
      case 'toolStart':
        return this.#beginCall(event.block, { id: event.id, name: event.name, signature: event.signature, input: '' });
      case 'toolInput': {
        const call = this.#calls.get(event.block);
        if (call !== undefined) call.input += event.text;
        return '';
      }
      case 'stop':
        this.#stop = event.stop;
        return this.#tellCalls(true);
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'error':
        return this.#fail(event.error);
      case 'end':
        return this.#end(this.#stop);
      default:
        return assertNever(event);
    }
  }

  #thinking(block: number, text: string): string {
    if (text === '') return '';
    const shown = this.#parts.thoughtText(text);
    if (shown === null) this.#thoughts.set(block, (this.#thoughts.get(block) ?? '') + text);
    return this.#one(shown);
  }

  #thought(thought: Omit<ThinkingBlock, 'kind'>): string {
    return this.#tellCalls(false) + this.#one(this.#parts.thought(thought));
  }

  #beginCall(block: number, call: OpenCall): string {
    const before = this.#tellCalls(false);
    this.#calls.set(block, call);
    return before;
  }

  /** Calls in their order up to the first that may go on: upstreams interleave the arguments of parallel calls. */
  #tellCalls(areOver: boolean): string {
    const parts: Written[] = [];
    for (const [block, { id, name, input, signature }] of this.#calls) {
      if (!areOver && !isWhole(input)) break;
      parts.push(this.#parts.call(id, name, input, signature));
      this.#calls.delete(block);
    }
    return parts.length === 0 ? '' : this.#chunk(parts);
  }

  #one(part: Written | null): string {
    return part === null ? '' : this.#chunk([part]);
  }

  #chunk(parts: readonly Written[]): string {
    const content = `{"parts":${JSON.stringify(parts)},"role":"model"}`;
    return this.#emit(`{"candidates":[{"content":${content},"index":0}],${this.#tailText()}`);
  }

  #end(stop: StopReason | null): string {
    if (stop === null) return this.#fail(brokenOff);
    const usage = this.#usage === null ? {} : { usageMetadata: writeUsage(this.#usage) };
    const last = JSON.stringify({ ...writeCandidate([], writeFinishReason(stop)), ...usage });
    return this.#last(`${last.slice(0, -1)},${this.#tailText()}`);
  }

  #fail(error: PivotError): string {
    return this.#last(JSON.stringify(writeError(error)));
  }

  /** What stands at the end of each chunk, its brace included. */
  #tailText(): string {
    if (this.#tail === '') this.#begin('', '');
    return this.#tail;
  }

  #begin(id: string, model: string): void {
    this.#tail = JSON.stringify(answerTail(id, model, this.#context)).slice(1);
  }

  #last(chunk: string): string {
    const text = this.#emit(chunk);
    this.#isOver = true;
    return this.#isSse ? text : `${text}]`;
  }

  #emit(chunk: string): string {
    if (this.#isSse) return `data: ${chunk}\n\n`;
    const before = this.#isFirst ? '[' : ',\n';
    this.#isFirst = false;
    return before + chunk;
  }
}

/** Whether nothing can follow in a call's arguments: they are a whole JSON object. */
function isWhole(input: string): boolean {
  if (!input.trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(input);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
