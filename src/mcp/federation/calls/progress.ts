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
export function watchProgress(
  federation: Federation,
  caller: Caller,
  upstream: Upstream,
  id: number,
  idleMs: number,
): { stop(): void } {
  let timer: Timer | null = null;
  let last = -Infinity;
  const arm = (): void => {
    cancelTimer(timer);
    timer = after(idleMs, () => {
      if (federation.questions.isAsking(upstream)) {
        arm();
        return;
      }
      caller.record.limit = 'call_idle';
      upstream.cancel(id, '"idle"', new TargetError(`made no progress for ${Math.round(idleMs / 1000)} s`));
    });
  };
  const waits = waiting.has(caller.message.method);
  if (!waits) arm();
  caller.onProgress = (progress) => {
    if (!waits) arm();
    if (typeof progress !== 'number' || progress < last) return false;
    last = progress;
    return true;
  };
  return {
    stop() {
      cancelTimer(timer);
      caller.onProgress = null;
    },
  };
}
