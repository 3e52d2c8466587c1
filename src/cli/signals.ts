import { monotonicMs } from '../base/clock.ts';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Signals this close together, in milliseconds, are one request: a terminal signals the whole process group, in which
 * `bin/waygate` on an older Node passes its own signal on, and timeout(1) signals a process and then its group.
 */
const sameRequestMs = 500;

/**
 * Calls `stop` for every request to stop, with its number from 1.
 *
 * @param launched The end of who started this process is a request, too, if there is a channel that tells of it.
 */
export function onStopRequests(stop: (count: number) => void, launched = true): void {
  let count = 0;
  let lastMs = -Infinity;
  const request = (): void => {
    const nowMs = monotonicMs();
    if (nowMs - lastMs < sameRequestMs) return;
    lastMs = nowMs;
    stop(++count);
  };
  for (const signal of stopSignals) process.on(signal, request);
  if (!launched) return;
  // Of the launcher; it sends nothing, its channel only closes.
  process.on('disconnect', request);
  process.channel?.unref();
}
