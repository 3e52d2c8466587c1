import { assertNever } from '../../../base/assert-never.ts';
import type { AnswerContext, JsonObject, StreamWriter } from '../../pivot/format.ts';
import type { CallSignature, ThinkingBlock } from '../../pivot/request.ts';
import type { PivotError, PivotEvent, PivotUsage, StopReason } from '../../pivot/response.ts';
import { ClientParts } from './client-parts.ts';
import { brokenOff, writeError } from './errors.ts';
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
  #tail: JsonObject | null = null;
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
        this.#tail = answerTail(event.id, event.model, this.#context);
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
        return this.#begin(event.block, { id: event.id, name: event.name, signature: event.signature, input: '' });
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

  #begin(block: number, call: OpenCall): string {
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
    return this.#emit({ ...writeCandidate(parts, null), ...this.#tailOf() });
  }

  #end(stop: StopReason | null): string {
    if (stop === null) return this.#fail(brokenOff);
    const usage = this.#usage === null ? {} : { usageMetadata: writeUsage(this.#usage) };
    const last = this.#emit({ ...writeCandidate([], writeFinishReason(stop)), ...usage, ...this.#tailOf() });
    this.#isOver = true;
    return this.#isSse ? last : `${last}]`;
  }

  #fail(error: PivotError): string {
    const last = this.#emit(writeError(error));
    this.#isOver = true;
    return this.#isSse ? last : `${last}]`;
  }

  #tailOf(): JsonObject {
    this.#tail ??= answerTail('', '', this.#context);
    return this.#tail;
  }

  #emit(chunk: JsonObject): string {
    const text = JSON.stringify(chunk);
    if (this.#isSse) return `data: ${text}\n\n`;
    const before = this.#isFirst ? '[' : ',\n';
    this.#isFirst = false;
    return before + text;
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
