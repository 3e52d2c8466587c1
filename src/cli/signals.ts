import { monotonicMs } from '../base/clock.ts';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Signals this close together, in milliseconds, are one request: a terminal signals the whole process group, in which
 * `bin/waygate` on an older Node passes its own signal on, and timeout(1) signals a process and then its group.
 */
const sameRequestMs = 500;

/**
 * Calls `stop` for every request to stop, with its number from 1. The end of the launcher that started this process, if
 * one did, is a request too.
 */
export function onStopRequests(stop: (count: number) => void): void {
  let count = 0;
  let lastMs = -Infinity;
  const request = (): void => {
    const nowMs = monotonicMs();
    if (nowMs - lastMs < sameRequestMs) return;
    lastMs = nowMs;
    stop(++count);
  };
  for (const signal of stopSignals) process.on(signal, request);
  // Of the launcher; it sends nothing, its channel only closes.
  process.on('disconnect', request);
  process.channel?.unref();
}
