import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { cancelTimer, every, monotonicMs } from './clock.ts';

/** How busy this thread has been since the last look. */
export interface Load {
  /** Milliseconds by which the event loop was late, the mean over time: as something that comes by chance meets it. */
  readonly delayMs: number;
  /** Share of the memory that may be used, 0 to 1, see {@link memoryShare}. */
  readonly memory: number;
}

/** What is known of memory, in bytes. */
export interface MemoryReading {
  /** Of the thread's heap. */
  readonly heapUsed: number;
  readonly heapLimit: number;
  /** What the process holds, with all its threads and what lies outside of heaps. */
  readonly resident: number;
  /** What the system lets the process have (cgroup); 0, or more than there can be: there is no such limit. */
  readonly allowed: number;
  readonly machine: number;
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
  const machine = totalmem();
  let last = monotonicMs();
  let weighted = 0;
  let elapsed = 0;
  let resident = 0;
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
      const { used_heap_size: heapUsed, heap_size_limit: heapLimit } = getHeapStatistics();
      resident = residentBytes() ?? resident;
      return { delayMs, memory: memoryShare({ heapUsed, heapLimit, resident, allowed, machine }) };
    },
    close: () => cancelTimer(timer),
  };
}

/** What the process holds; null while it has no descriptor free to ask the system. */
function residentBytes(): number | null {
  try {
    return process.memoryUsage.rss();
  } catch {
    return null;
  }
}

/**
 * Share of memory that is used: by the process, of its limit or else of the machine's memory, or by the heap of the thread,
 * whichever is nearer to its end.
 */
export function memoryShare({ heapUsed, heapLimit, resident, allowed, machine }: MemoryReading): number {
  const most = allowed > 0 && allowed < machine ? allowed : machine;
  return Math.max(heapUsed / heapLimit, resident / most);
}
