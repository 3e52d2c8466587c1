import { parseJsonRecord } from '../../json/parse.ts';
import type { JsonObject, StreamReader } from '../../pivot/format.ts';
import type { PivotError, PivotEvent, PivotUsage } from '../../pivot/response.ts';
import { callId, readParts, type AnswerPart } from './answer-parts.ts';
import { blockReason, firstCandidate } from './candidates.ts';
import { failedAnswer, readStreamError } from './errors.ts';
import { brokenEvent } from '../upstream-errors.ts';
import { isFailure, readFinishReason } from './finish-reason.ts';
import { textOf } from './members.ts';
import { google } from './signature.ts';
import { readUsage } from './usage.ts';

/**
 * Reads the chunks of `streamGenerateContent?alt=sse`. Some models say `finishReason` in every chunk and all repeat their
 * usage, so both are told once, when the stream is over.
 */
export class GenerateContentStreamReader implements StreamReader {
  #id = '';
  #started = false;
  #failed = false;
  #blocks = 0;
  #calls = 0;
  #open: 'text' | 'thought' | null = null;
  /** The signature of the text before. */
  #held = '';
  #reason = '';
  #isBlocked = false;
  #usage: PivotUsage | null = null;

  event(_event: string, data: string): readonly PivotEvent[] {
    if (this.#failed || data === '' || data === '[DONE]') return [];
    const chunk = parseJsonRecord(data);
    const events: PivotEvent[] = [];
    if (chunk === null) this.#fail(brokenEvent, events);
    else if (chunk['error'] !== undefined) this.#fail(readStreamError(chunk['error']), events);
    else this.#chunk(chunk, events);
    return events;
  }

  end(): readonly PivotEvent[] {
    const events: PivotEvent[] = [];
    if (!this.#failed) {
      const stop = this.#isBlocked && this.#blocks === 0 ? 'filtered' : this.#stop();
      if (stop !== null) events.push({ kind: 'stop', stop, stopSequence: null });
      this.#tellUsage(events);
    }
    events.push({ kind: 'end' });
    return events;
  }

  #chunk(chunk: JsonObject, events: PivotEvent[]): void {
    this.#usage = readUsage(chunk['usageMetadata']) ?? this.#usage;
    this.#isBlocked ||= blockReason(chunk) !== null;
    const candidate = firstCandidate(chunk);
    if (!this.#started && (candidate !== null || this.#isBlocked)) {
      this.#started = true;
      this.#id = textOf(chunk['responseId']);
      events.push({ kind: 'start', id: this.#id, model: textOf(chunk['modelVersion']), created: 0 });
    }
    if (candidate === null) return;
    for (const part of readParts(candidate['content'])) this.#part(part, events);
    this.#reason = textOf(candidate['finishReason']) || this.#reason;
    if (isFailure(this.#reason)) this.#fail(failedAnswer(this.#reason, candidate['finishMessage']), events);
  }

  #part(part: AnswerPart, events: PivotEvent[]): void {
    if (part.kind === 'call') this.#call(part, events);
    else if (part.kind === 'thought') this.#thought(part, events);
    else this.#text(part, events);
  }

  #call({ id, name, input, signature }: Extract<AnswerPart, { kind: 'call' }>, events: PivotEvent[]): void {
    this.#release(events);
    const block = this.#next(null);
    const signed = signature === '' ? {} : { signature: { vendor: google, data: signature } };
    events.push({ kind: 'toolStart', block, id: callId(id, this.#id, this.#calls++), name, ...signed });
    events.push({ kind: 'toolInput', block, text: input });
  }

  #thought({ text, signature }: AnswerPart & { readonly kind: 'thought' }, events: PivotEvent[]): void {
    this.#release(events);
    if (text !== '') events.push({ kind: 'thinking', block: this.#next('thought'), text });
    if (signature === '') return;
    events.push({ kind: 'signature', block: this.#next('thought'), signature, vendor: google });
    this.#open = null;
  }

  /** The signature of text has a block of its own: before it, or, where the text began in an earlier chunk, after it. */
  #text({ text, signature }: AnswerPart & { readonly kind: 'text' }, events: PivotEvent[]): void {
    if (text !== '') {
      this.#release(events);
      if (signature !== '' && this.#open !== 'text') this.#sign(signature, events);
      else this.#held = signature;
      events.push({ kind: 'text', block: this.#next('text'), text });
    } else if (signature !== '') this.#held = signature;
  }

  /** Tells a signature that waited for something to follow: clients take what comes last for the answer itself. */
  #release(events: PivotEvent[]): void {
    if (this.#held !== '') this.#sign(this.#held, events);
    this.#held = '';
  }

  #sign(signature: string, events: PivotEvent[]): void {
    events.push({ kind: 'signature', block: this.#next(null), signature, vendor: google });
  }

  /** The number of the block that goes on as `kind`; null begins one that nothing goes on with. */
  #next(kind: 'text' | 'thought' | null): number {
    if (kind !== null && this.#open === kind) return this.#blocks - 1;
    this.#open = kind;
    return this.#blocks++;
  }

  #stop(): Extract<PivotEvent, { kind: 'stop' }>['stop'] | null {
    return this.#reason === '' ? null : readFinishReason(this.#reason, this.#calls > 0);
  }

  #fail(error: PivotError, events: PivotEvent[]): void {
    this.#tellUsage(events);
    this.#failed = true;
    events.push({ kind: 'error', error });
  }

  #tellUsage(events: PivotEvent[]): void {
    if (this.#usage !== null) events.push({ kind: 'usage', usage: this.#usage });
  }
}
