import { after, cancelTimer, monotonicMs, type Timer } from '../../../base/clock.ts';
import type { SharedLimit } from '../../../telemetry/shared/limit.ts';
import { mcpLimits } from '../../limits.ts';
import { TargetError } from '../../transports/transport.ts';
import type { Caller } from '../caller.ts';
import type { Federation } from '../federation.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** Requests that a server is meant to keep open without a word (2025-11-25, tasks, result retrieval). */
const waiting: ReadonlySet<string> = new Set(['tasks/result']);

/**
 * Watches one call, over all requests and questions that it takes: it has a place at its target, ends when there is no
 * progress for `callIdleMs`, unless it is the client that is waited for, and after `callMaxMs` in any case. Lets on to
 * the client only progress that goes forward.
 */
export class CallWatch {
  readonly #federation: Federation;
  readonly #caller: Caller;
  /** Counts the requests in flight to the target. */
  readonly #count: SharedLimit;
  /** Milliseconds; 0: for as long as the server likes. */
  readonly #idleMs: number;
  /** Monotonic milliseconds. */
  readonly #deadline: number;
  #placed = true;
  #timer: Timer | null = null;
  #upstream: Upstream | null = null;
  /** Of the request at the server. */
  #id = 0;
  #last = -Infinity;
  #giveUp: ((error: TargetError) => void) | null = null;

  /** @param count In which the call has its place. */
  constructor(federation: Federation, caller: Caller, count: SharedLimit) {
    const { callIdleMs, callMaxMs } = federation.settings.limits;
    this.#federation = federation;
    this.#caller = caller;
    this.#count = count;
    this.#idleMs = waiting.has(caller.message.method) ? 0 : callIdleMs;
    this.#deadline = monotonicMs() + Math.min(callMaxMs, mcpLimits.listenTimeoutMs);
    caller.watch = this;
  }

  /** A request is about to be sent. @throws TargetError when the time of the call is over. */
  begin(upstream: Upstream, id: number): void {
    const left = this.#leftMs();
    if (left <= 0) throw this.#late();
    this.#upstream = upstream;
    this.#id = id;
    this.#last = -Infinity;
    this.#arm(this.#idleMs, left);
  }

  /** The request has ended. */
  settle(): void {
    cancelTimer(this.#timer);
    this.#upstream = null;
  }

  /** What `work` comes to; rejects with TargetError when the time of the call is over before. */
  until<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#giveUp = reject;
      this.#arm(0, this.#leftMs());
      work.then(resolve, reject);
    });
  }

  /** Whether what the server says of its progress is for the client. */
  passes(progress: unknown): boolean {
    this.#arm(this.#idleMs, this.#leftMs());
    if (typeof progress !== 'number' || progress < this.#last) return false;
    this.#last = progress;
    return true;
  }

  /** Gives the place at the target to others while the client is away. */
  leave(): void {
    if (this.#placed) this.#count.release();
    this.#placed = false;
  }

  /** Takes it again; false when there is none. */
  comeBack(): boolean {
    this.#placed ||= this.#count.tryAcquire();
    return this.#placed;
  }

  /** The call has ended. */
  stop(): void {
    cancelTimer(this.#timer);
    this.leave();
    this.#caller.watch = null;
  }

  /** @param idleMs Without progress; 0: that does not matter. @param left Milliseconds until the hard end. */
  #arm(idleMs: number, left: number): void {
    cancelTimer(this.#timer);
    const idles = idleMs > 0 && idleMs < left;
    this.#timer = idles ? after(idleMs, () => this.#idle()) : after(Math.max(left, 1), () => this.#tooLate());
  }

  #leftMs(): number {
    return this.#deadline - monotonicMs();
  }

  #idle(): void {
    if (this.#upstream !== null && this.#federation.questions.isAsking(this.#upstream)) {
      this.#arm(this.#idleMs, this.#leftMs());
      return;
    }
    this.#caller.record.limit = 'call_idle';
    this.#end('"idle"', new TargetError(`made no progress for ${Math.round(this.#idleMs / 1000)} s`));
  }

  #tooLate(): void {
    this.#end('"time-out"', this.#late());
  }

  #late(): TargetError {
    this.#caller.record.limit = 'call_timeout';
    return new TargetError(`took longer than ${Math.round(this.#federation.settings.limits.callMaxMs / 1000)} s`);
  }

  #end(reasonText: string, error: TargetError): void {
    this.#upstream?.cancel(this.#id, reasonText, error);
    this.#giveUp?.(error);
  }
}
