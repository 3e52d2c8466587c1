import { getHeapStatistics } from 'node:v8';
import { cancelTimer, every, monotonicMs } from './clock.ts';

/** How busy this thread has been since the last look. */
export interface Load {
  /** Milliseconds by which the event loop was late, the mean over time: as something that comes by chance meets it. */
  readonly delayMs: number;
  /** Share of the memory that may be used, 0 to 1: of the thread's heap, or of the process where that is more. */
  readonly memory: number;
}

/** Looks at the load of a thread. */
export interface LoadProbe {
  read(): Load;
  close(): void;
}

/** Milliseconds between two looks at the event loop's lateness. */
const STEP_MS = 50;

/**
 * A probe of the calling thread. `monitorEventLoopDelay` would leave out what comes right after a reset, which under
 * load is everything.
 */
export function loadProbe(): LoadProbe {
  const allowed = process.constrainedMemory();
  let last = monotonicMs();
  let weighted = 0;
  let elapsed = 0;
  const timer = every(STEP_MS, () => {
    const now = monotonicMs();
    const late = Math.max(0, now - last - STEP_MS);
    weighted += late * late;
    elapsed += now - last;
    last = now;
  });
  return {
    read() {
      const delayMs = elapsed === 0 ? 0 : weighted / elapsed;
      weighted = 0;
      elapsed = 0;
      return { delayMs, memory: Math.max(heapShare(), processShare(allowed)) };
    },
    close: () => cancelTimer(timer),
  };
}

function heapShare(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return used / limit;
}

/** 0 where the system sets no limit, which is said as 0 or as more than there is. */
function processShare(allowed: number): number {
  return allowed > 0 && allowed < Number.MAX_SAFE_INTEGER ? process.memoryUsage.rss() / allowed : 0;
}
