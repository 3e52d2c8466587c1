import { after } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { ProcessSettings } from '../../model/process.ts';

/** How the parts of a process stop, in this order; it is not ready any more when they are called. */
export interface StopSteps {
  drain(minimumMs: number, deadlineMs: number): Promise<void>;
  /** Ends everything else that holds a socket, a thread or a child. */
  stop(): Promise<void>;
}

/** Of the deadline, what is kept for ending threads and children after the drain; at most this many milliseconds. */
const longestTeardownMs = 500;

/**
 * Stops a process gracefully; resolves when it may exit, which is by the drain deadline whatever hangs.
 * A minimum beyond the deadline moves the deadline.
 */
export async function shutDown(steps: StopSteps, settings: ProcessSettings, log: Logger): Promise<void> {
  const { drainMinimumMs: minimumMs } = settings;
  const deadlineMs = Math.max(settings.drainDeadlineMs, minimumMs);
  const teardownMs = Math.min(longestTeardownMs, deadlineMs / 5);
  log.info('stopping: requests in flight may finish', { deadlineMs });
  const orderly = steps
    .drain(minimumMs, Math.max(minimumMs, deadlineMs - teardownMs))
    .then(() => steps.stop())
    .catch((error: Error) => log.error('could not stop in order', { error: error.message }));
  const { promise: late, resolve } = Promise.withResolvers<void>();
  after(deadlineMs, resolve);
  await Promise.race([orderly, late]);
  log.info('stopped');
}
