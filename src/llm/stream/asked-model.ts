import type { LlmRouteType } from '../../model/llm.ts';
import { MemberRewriter } from '../json/member-rewriter.ts';

/** Where the answers of an API name the model. */
interface ModelPlace {
  /** Path of the member in an answer that is whole. */
  readonly whole: readonly string[];
  /** And in the data of an event. */
  readonly event: readonly string[];
}

const ofOpenAI: ModelPlace = { whole: ['model'], event: ['model'] };

const places: Partial<Record<LlmRouteType, ModelPlace>> = {
  completions: ofOpenAI,
  legacyCompletions: ofOpenAI,
  embeddings: ofOpenAI,
  responses: { whole: ['model'], event: ['response', 'model'] },
  messages: { whole: ['model'], event: ['message', 'model'] },
  generateContent: { whole: ['modelVersion'], event: ['modelVersion'] },
};

/** Changes the bytes of an answer as they pass, in any chunks. */
export interface PassingEdit {
  push(bytes: Buffer): Buffer;
}

/** Names `model` in an answer of this kind in the provider's place; null where such answers name no model. */
export function nameInWhole(type: LlmRouteType, model: string): PassingEdit | null {
  const place = places[type];
  return place === undefined ? null : new MemberRewriter(place.whole, model);
}

/** The same in a stream of events; null where their data names no model. */
export function nameInEvents(type: LlmRouteType, model: string): PassingEdit | null {
  const place = places[type];
  return place === undefined ? null : new EventData(new MemberRewriter(place.event, model));
}

const LF = 0x0a;
const CR = 0x0d;
const DATA = Buffer.from('data:');

/** Where a line of a stream is. */
type Line = 'begins' | 'data' | 'other';

/** Hands the data of each server-sent event to an edit; all else passes (HTML, section 9.2.6). */
class EventData implements PassingEdit {
  readonly #edit: MemberRewriter;
  #line: Line = 'begins';
  /** Bytes of the line's name of its field that fit so far. */
  #fits = 0;
  #isEmpty = true;
  #afterCr = false;

  constructor(edit: MemberRewriter) {
    this.#edit = edit;
  }

  push(bytes: Buffer): Buffer {
    const parts: Buffer[] = [];
    let copied = 0;
    let at = 0;
    while (at < bytes.length) {
      if (this.#line === 'begins') {
        at = this.#begin(bytes, at);
        continue;
      }
      const end = lineEnd(bytes, at);
      if (this.#line === 'data') {
        const data = bytes.subarray(at, end);
        const edited = this.#edit.push(data);
        if (edited !== data) {
          parts.push(bytes.subarray(copied, at), edited);
          copied = end;
        }
      }
      at = end + 1;
      if (end < bytes.length) this.#next(bytes[end] === CR);
    }
    if (copied === 0) return bytes;
    parts.push(bytes.subarray(copied));
    return Buffer.concat(parts);
  }

  /** Reads a byte of what a line begins with; gives the place of the next. */
  #begin(bytes: Buffer, at: number): number {
    const c = bytes[at];
    if (c === LF && this.#afterCr) {
      this.#afterCr = false;
    } else if (c === LF || c === CR) {
      if (this.#isEmpty) this.#edit.reset();
      this.#next(c === CR);
    } else {
      this.#isEmpty = false;
      if (c !== DATA[this.#fits]) this.#line = 'other';
      else if (++this.#fits === DATA.length) this.#line = 'data';
    }
    return at + 1;
  }

  #next(afterCr: boolean): void {
    this.#line = 'begins';
    this.#fits = 0;
    this.#isEmpty = true;
    this.#afterCr = afterCr;
  }
}

function lineEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) if (bytes[at] === LF || bytes[at] === CR) return at;
  return bytes.length;
}
