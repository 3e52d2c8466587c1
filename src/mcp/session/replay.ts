import { monotonicMs } from '../../base/clock.ts';
import { mcpLimits } from '../limits.ts';

interface Kept {
  readonly stream: number;
  readonly event: number;
  readonly text: string;
  readonly at: number;
}

/** The newest events of a session's streams, so that a client that lost one may resume it (`Last-Event-ID`). */
export class ReplayLog {
  #events: Kept[] = [];
  #bytes = 0;

  /** Keeps an event; the oldest give way. */
  add(stream: number, event: number, text: string): void {
    this.#events.push({ stream, event, text, at: monotonicMs() });
    this.#bytes += text.length;
    while (this.#events.length > mcpLimits.maxReplayEvents || this.#bytes > mcpLimits.maxReplayBytes) this.#drop();
  }

  /** True when events of the stream are kept. */
  has(stream: number): boolean {
    return this.#events.some((kept) => kept.stream === stream);
  }

  /** The stream's events after `event`, oldest first: number and text. */
  after(stream: number, event: number): [number, string][] {
    return this.#events
      .filter((kept) => kept.stream === stream && kept.event > event)
      .map((kept) => [kept.event, kept.text]);
  }

  /** Drops what is too old to be asked for. */
  expire(): void {
    const oldest = monotonicMs() - mcpLimits.replayMs;
    while ((this.#events[0]?.at ?? Infinity) < oldest) this.#drop();
  }

  #drop(): void {
    this.#bytes -= this.#events.shift()?.text.length ?? 0;
  }
}
