/**
 * Time, the one way to read it. Lint forbids `Date.now`, `performance.now` and bare timers outside `base/`, so that a
 * test can replace them and so that every timer is accounted for.
 */
import type { CancelSignal } from './cancellation.ts';

/** Milliseconds on a monotonic clock with a fractional part; only differences mean anything. */
export const monotonicMs: () => number = performance.now.bind(performance);

/** What to add to {@link monotonicMs} of this thread: each thread's begins when the thread does. */
const sinceBootMs = ((): number => {
  let offset = 0;
  let least = Infinity;
  // The thread may lose the processor between the two clocks, so the closest of a few readings counts.
  for (let i = 0; i < 5; i++) {
    const before = monotonicMs();
    const boot = Number(process.hrtime.bigint()) / 1e6;
    const after = monotonicMs();
    if (after - before < least) [offset, least] = [boot - (before + after) / 2, after - before];
  }
  return offset;
})();

/** As {@link monotonicMs}, the same in all threads of this machine. */
export function sharedMs(): number {
  return monotonicMs() + sinceBootMs;
}

/** A moment of this thread's {@link monotonicMs} as {@link sharedMs} has it; 0, which is no moment, stays 0. */
export function monotonicToShared(ms: number): number {
  return ms === 0 ? 0 : ms + sinceBootMs;
}

/** The same moment for this thread, whichever thread wrote it down. */
export function sharedToMonotonic(ms: number): number {
  return ms === 0 ? 0 : ms - sinceBootMs;
}

/** Milliseconds since the Unix epoch. */
export const wallMs: () => number = Date.now;

/** A pending timer; pass it to {@link cancelTimer}. */
export type Timer = NodeJS.Timeout;

/**
 * Runs `fn` once after `ms` milliseconds. The timer does not keep the process alive.
 */
export function after(ms: number, fn: () => void): Timer {
  return setTimeout(fn, ms).unref();
}

/** Runs `fn` every `ms` milliseconds until cancelled. The timer does not keep the process alive. */
export function every(ms: number, fn: () => void): Timer {
  return setInterval(fn, ms).unref();
}

/** Cancels a timer made by {@link after} or {@link every}; a null timer is ignored. */
export function cancelTimer(timer: Timer | null | undefined): void {
  if (timer !== null && timer !== undefined) clearTimeout(timer);
}

/**
 * Resolves after `ms` milliseconds, or rejects with the signal's reason when it aborts first. Keeps the process alive.
 */
export function sleep(ms: number, signal?: CancelSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort);
  });
}
