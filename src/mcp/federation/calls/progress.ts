import { after, cancelTimer, type Timer } from '../../../base/clock.ts';
import { TargetError } from '../../transports/transport.ts';
import type { Caller } from '../caller.ts';
import type { Federation } from '../federation.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** Requests that a server is meant to keep open without a word (2025-11-25, tasks, result retrieval). */
const waiting: ReadonlySet<string> = new Set(['tasks/result']);

/**
 * Watches the progress of a request: ends it when none comes for `idleMs`, unless it is the client that is waited for,
 * and lets on to the client only what goes forward.
 */
export class ProgressWatch {
  readonly #federation: Federation;
  readonly #caller: Caller;
  readonly #upstream: Upstream;
  readonly #id: number;
  /** Milliseconds; 0: for as long as the server likes. */
  readonly #idleMs: number;
  #timer: Timer | null = null;
  #last = -Infinity;

  /** @param id Of the request at the server. */
  constructor(federation: Federation, caller: Caller, upstream: Upstream, id: number, idleMs: number) {
    this.#federation = federation;
    this.#caller = caller;
    this.#upstream = upstream;
    this.#id = id;
    this.#idleMs = waiting.has(caller.message.method) ? 0 : idleMs;
    this.#arm();
    caller.watch = this;
  }

  /** Whether what the server says of its progress is for the client. */
  passes(progress: unknown): boolean {
    this.#arm();
    if (typeof progress !== 'number' || progress < this.#last) return false;
    this.#last = progress;
    return true;
  }

  stop(): void {
    cancelTimer(this.#timer);
    this.#caller.watch = null;
  }

  #arm(): void {
    cancelTimer(this.#timer);
    if (this.#idleMs > 0) this.#timer = after(this.#idleMs, () => this.#idle());
  }

  #idle(): void {
    if (this.#federation.questions.isAsking(this.#upstream)) {
      this.#arm();
      return;
    }
    this.#caller.record.limit = 'call_idle';
    const error = new TargetError(`made no progress for ${Math.round(this.#idleMs / 1000)} s`);
    this.#upstream.cancel(this.#id, '"idle"', error);
  }
}
