import { mcpLimits } from '../limits.ts';
import type { McpSink } from '../http.ts';
import { singleLine } from '../wire/json-text.ts';
import { encodeEvent, primingEvent } from '../../net/http/sse.ts';
import type { ReplayLog } from './replay.ts';

/** What a stream's number and event ids are made of: `STREAM-EVENT`. */
export interface EventPosition {
  readonly stream: number;
  readonly event: number;
}

/** The position in a `Last-Event-ID`, or null when we never made such an id. */
export function parseEventId(text: string): EventPosition | null {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text);
  return match === null ? null : { stream: Number(match[1]), event: Number(match[2]) };
}

/**
 * A stream of messages to the client. It outlives the response that carries it: what is sent meanwhile waits, within
 * bounds, for the response that resumes it.
 */
export class ClientStream {
  readonly number: number;
  /** Null: events carry no ids and cannot be asked for again (no session). */
  readonly #log: ReplayLog | null;
  #sink: McpSink | null = null;
  /** Number of the event before the first. */
  readonly #before: number;
  #lastEvent: number;
  #waiting: [number, string][] = [];
  #waitingBytes = 0;
  #blocked = false;
  #finished = false;

  /** @param before Number of the event before the first. */
  constructor(number: number, log: ReplayLog | null, before: number = 0) {
    this.number = number;
    this.#log = log;
    this.#before = before;
    this.#lastEvent = before;
  }

  /** A stream that has ended, as far as `log` has it; undefined when it has nothing of it. */
  static ended(number: number, log: ReplayLog): ClientStream | undefined {
    const last = log.lastOf(number);
    if (last === -1) return undefined;
    const stream = new ClientStream(number, log);
    stream.#lastEvent = last;
    stream.#finished = true;
    return stream;
  }

  /** Whether it can go on after `event` without a gap. */
  follows(event: number): boolean {
    return this.#lastEvent - Math.max(event, this.#before) <= this.#after(event).length;
  }

  /** True while a response carries the stream. */
  get attached(): boolean {
    return this.#sink !== null;
  }

  /** Sends one message, or keeps it for later. False when there is no more room. */
  send(message: string): boolean {
    const text = singleLine(message);
    const event = ++this.#lastEvent;
    this.#log?.add(this.number, event, text);
    if (this.#sink !== null && !this.#blocked) {
      this.#write(event, text);
      return true;
    }
    if (this.#sink === null) return this.#keep(event, text);
    this.#wait(event, text);
    // A client that reads so slowly must come back for the rest.
    if (this.#waitingBytes > mcpLimits.maxUnreadBytes) this.#cut();
    return true;
  }

  /** True when the same message waits already. */
  holds(message: string): boolean {
    return this.#sink === null && this.#waiting.some(([, text]) => text === message);
  }

  /** Nothing follows; the response ends when everything was written. */
  finish(): void {
    this.#finished = true;
    this.#endIfDone();
  }

  /**
   * Lets `sink` carry the stream, in place of another.
   * @param after The last event that the client has, or -1 for none.
   * @param prime Starts with an event that tells the client from where it may resume.
   */
  attach(sink: McpSink, after: number, prime: boolean): void {
    this.#sink?.end();
    this.#sink = sink;
    this.#blocked = false;
    sink.onDrained = () => {
      this.#blocked = false;
      this.#flush();
    };
    if (after >= 0) {
      this.#waiting = this.#after(after);
      this.#waitingBytes = this.#waiting.reduce((sum, [, text]) => sum + text.length, 0);
    }
    const before = (this.#waiting[0]?.[0] ?? this.#lastEvent + 1) - 1;
    if (prime && this.#log !== null) sink.write(primingEvent(`${this.number}-${before}`));
    this.#flush();
  }

  /** The response `sink` is gone. */
  detach(sink: McpSink): void {
    if (this.#sink !== sink) return;
    this.#sink = null;
    sink.onDrained = null;
  }

  /** A comment that keeps the connection open. */
  keepAlive(comment: string): void {
    if (this.#sink !== null && !this.#blocked && !this.#sink.write(comment)) this.#blocked = true;
  }

  /** Ends the response that carries the stream. */
  close(): void {
    const sink = this.#sink;
    this.#sink = null;
    sink?.end();
  }

  /** The events after `event` that are still there: those that wait, and those that can be sent once more. */
  #after(event: number): [number, string][] {
    const again = this.#log?.after(this.number, event) ?? [];
    const first = again[0]?.[0] ?? Infinity;
    return [...this.#waiting.filter(([one]) => one > event && one < first), ...again];
  }

  #keep(event: number, text: string): boolean {
    // Only the stream for everything else waits for its first response; another is resumed from the log.
    if (this.number !== 0) return this.#log !== null;
    if (this.#waiting.length >= mcpLimits.maxQueuedMessages) return false;
    if (this.#waitingBytes + text.length > mcpLimits.maxQueuedBytes) return false;
    this.#wait(event, text);
    return true;
  }

  #wait(event: number, text: string): void {
    this.#waiting.push([event, text]);
    this.#waitingBytes += text.length;
  }

  #flush(): void {
    while (this.#sink !== null && !this.#blocked) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#waitingBytes -= next[1].length;
      this.#write(next[0], next[1]);
    }
    this.#endIfDone();
  }

  #write(event: number, text: string): void {
    const id = this.#log === null ? '' : `${this.number}-${event}`;
    if (this.#sink?.write(encodeEvent(id, text)) === false) this.#blocked = true;
  }

  #cut(): void {
    const sink = this.#sink;
    this.#sink = null;
    this.#waiting = [];
    this.#waitingBytes = 0;
    sink?.abort();
  }

  #endIfDone(): void {
    if (this.#finished && this.#waiting.length === 0) this.close();
  }
}
