import { monotonicMs } from '../../base/clock.ts';
import { toGatewayError } from '../../base/errors.ts';
import type { Exchange } from '../exchange.ts';
import type { LocalReply, Policy, Verdict } from '../policies/policy.ts';
import type { TraceSink, TraceStep } from './watch.ts';

/** Tells the watches of one exchange what happens to it. */
export class ExchangeTrace {
  readonly #request: string;
  readonly #watches: readonly number[];
  readonly #sink: TraceSink;
  readonly #startedMs: number;

  constructor(request: string, watches: readonly number[], startedMs: number, sink: TraceSink) {
    this.#request = request;
    this.#watches = watches;
    this.#startedMs = startedMs;
    this.#sink = sink;
  }

  /** @param details JSON values without secrets. */
  say(step: TraceStep, details: Readonly<Record<string, unknown>>): void {
    const atMs = rounded(monotonicMs() - this.#startedMs);
    for (const watch of this.#watches) this.#sink(watch, { request: this.#request, atMs, step, ...details });
  }
}

/** Runs one request policy and says what came of it. */
export function runTraced(x: Exchange, trace: ExchangeTrace, policy: Policy): Verdict {
  const beganMs = monotonicMs();
  const say = (outcome: Readonly<Record<string, unknown>>): void =>
    trace.say('policy', { kind: policy.kind, ...outcome, tookMs: rounded(monotonicMs() - beganMs) });
  const answered = (reply: LocalReply | undefined): LocalReply | undefined => {
    say(reply === undefined ? { outcome: 'continue' } : { outcome: 'answer', status: reply.status });
    return reply;
  };
  const failed = (thrown: unknown): never => {
    const { reason, status, message } = toGatewayError(thrown);
    say({ outcome: 'refuse', reason, status, message });
    throw thrown;
  };
  try {
    const verdict = policy.request?.(x);
    return verdict instanceof Promise ? verdict.then(answered, failed) : answered(verdict);
  } catch (thrown) {
    return failed(thrown);
  }
}

/** To microseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
