/** Server-sent events (WHATWG HTML §9.2) in both directions. */
import { StringDecoder } from 'node:string_decoder';

/** One event with data, or with an id only. */
export interface SseEvent {
  /** '' when the event names none. */
  readonly id: string;
  /** '' for the default, `message`. */
  readonly type: string;
  readonly data: string;
}

/** A comment line, which proxies and clients ignore and which keeps idle connections open. */
export const KEEP_ALIVE = ': keep-alive\n\n';

/** An event with `data` (already without line breaks); `id` '' for none. */
export function encodeEvent(id: string, data: string): string {
  return id === '' ? `event: message\ndata: ${data}\n\n` : `event: message\nid: ${id}\ndata: ${data}\n\n`;
}

/** An event that only tells the client the id from which it may resume. */
export function primingEvent(id: string): string {
  return `id: ${id}\ndata: \n\n`;
}

/** Whether an event is one of {@link primingEvent}. */
export function isPriming(event: Uint8Array | string): boolean {
  return typeof event === 'string' && event.startsWith('id: ');
}

/** Turns body chunks into events; how the bytes are cut into chunks makes no difference. */
export class SseDecoder {
  readonly #text = new StringDecoder('utf8');
  readonly #maxEventChars: number;
  readonly #parts: string[] = [];
  #kept = 0;
  #started = false;
  #skipLineFeed = false;
  #data = '';
  #hasData = false;
  #type = '';
  #id = '';
  /** Id of the newest event with one; what `Last-Event-ID` says. */
  lastEventId = '';
  /** Milliseconds to wait before a reconnection, as the server last said, or -1. */
  retryMs = -1;

  constructor(maxEventChars: number) {
    this.#maxEventChars = maxEventChars;
  }

  /**
   * The events that `chunk` completes.
   * @throws RangeError when an event grows beyond the limit.
   */
  push(chunk: Uint8Array): SseEvent[] {
    const added = this.#text.write(chunk as Buffer);
    const breaks = added.includes('\r') ? /[\r\n]/g : null;
    if (breaks === null && !added.includes('\n')) {
      this.#keep(added);
      return [];
    }
    let text = this.#parts.length === 0 ? added : this.#parts.join('') + added;
    if (!this.#started) {
      this.#started = true;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    this.#parts.length = 0;
    this.#kept = 0;
    const events: SseEvent[] = [];
    let from = 0;
    if (this.#skipLineFeed) {
      if (text.charCodeAt(0) === 10) from = 1;
      this.#skipLineFeed = false;
    }
    for (;;) {
      const end = nextBreak(text, from, breaks);
      if (end === -1) break;
      this.#line(text.slice(from, end), events);
      from = end + 1;
      if (text.charCodeAt(end) !== 13) continue;
      // A CR LF pair is one line end, even when it is cut between two chunks.
      if (from === text.length) this.#skipLineFeed = true;
      else if (text.charCodeAt(from) === 10) from++;
    }
    if (from < text.length) this.#keep(from === 0 ? text : text.slice(from));
    return events;
  }

  /** Holds the start of a line whose end has not come. */
  #keep(text: string): void {
    if (text === '') return;
    // A line feed that belongs to a CR of the last chunk can only be the first character, so any other ends the wait.
    if (text.charCodeAt(0) !== 10) this.#skipLineFeed = false;
    this.#parts.push(text);
    this.#kept += text.length;
    if (this.#kept + this.#data.length > this.#maxEventChars) throw new RangeError('the event is too large');
  }

  #line(line: string, events: SseEvent[]): void {
    if (line === '') {
      this.#dispatch(events);
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1);
    if (field === 'data') {
      this.#data = this.#hasData ? `${this.#data}\n${value}` : value;
      this.#hasData = true;
    } else if (field === 'event') this.#type = value;
    else if (field === 'id') {
      if (!value.includes('\0')) this.#id = this.lastEventId = value;
    } else if (field === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
  }

  #dispatch(events: SseEvent[]): void {
    if (this.#hasData) events.push({ id: this.#id, type: this.#type, data: this.#data });
    this.#data = '';
    this.#hasData = false;
    this.#type = '';
    this.#id = '';
  }
}

/** The next line end at or after `from`, or -1; `breaks` is null when the text has no CR. */
function nextBreak(text: string, from: number, breaks: RegExp | null): number {
  if (breaks === null) return text.indexOf('\n', from);
  breaks.lastIndex = from;
  return breaks.exec(text)?.index ?? -1;
}
