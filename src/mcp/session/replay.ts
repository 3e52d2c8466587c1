import { monotonicMs } from '../../base/clock.ts';
import { mcpLimits } from '../limits.ts';

interface Kept {
  readonly stream: number;
  readonly event: number;
  readonly text: string;
  readonly at: number;
}

/**
 * The newest events of a session's streams, so that a client that lost one may resume it (`Last-Event-ID`). Of each
 * stream it has the end, without a gap: the last event goes after all others, because it is mostly the answer.
 */
export class ReplayLog {
  #events: Kept[] = [];
  #bytes = 0;
  /** Number of the last event by stream; null: there are no events. */
  #last: Map<number, number> | null = null;

  /** Keeps an event; older ones give way. */
  add(stream: number, event: number, text: string): void {
    this.#events.push({ stream, event, text, at: monotonicMs() });
    this.#bytes += text.length;
    (this.#last ??= new Map()).set(stream, event);
    const { maxReplayEvents, maxReplayBytes, maxUnreadBytes } = mcpLimits;
    while (this.#events.length > maxReplayEvents || this.#bytes > maxReplayBytes) {
      const at = this.#events.findIndex((kept) => !this.#isLast(kept));
      if (at === -1) break;
      this.#drop(at);
    }
    while (this.#events.length > 1 && (this.#events.length > maxReplayEvents || this.#bytes > maxUnreadBytes)) {
      this.#drop(0);
    }
  }

  /** Number of the stream's last event; -1 when none is kept. */
  lastOf(stream: number): number {
    return this.#last?.get(stream) ?? -1;
  }

  /** The stream's kept events after `event`, oldest first: number and text. */
  after(stream: number, event: number): [number, string][] {
    return this.#events
      .filter((kept) => kept.stream === stream && kept.event > event)
      .map((kept) => [kept.event, kept.text]);
  }

  /** Drops what is too old to be asked for. */
  expire(): void {
    const oldest = monotonicMs() - mcpLimits.replayMs;
    while ((this.#events[0]?.at ?? Infinity) < oldest) this.#drop(0);
  }

  #isLast({ stream, event }: Kept): boolean {
    return this.#last?.get(stream) === event;
  }

  #drop(at: number): void {
    const [dropped] = this.#events.splice(at, 1);
    if (dropped === undefined) return;
    this.#bytes -= dropped.text.length;
    if (!this.#isLast(dropped)) return;
    this.#last?.delete(dropped.stream);
    if (this.#last?.size === 0) this.#last = null;
  }
}
