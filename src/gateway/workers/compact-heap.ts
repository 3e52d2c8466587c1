import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

/**
 * Has V8 make all objects in the young generation, of all threads. By itself it makes those of some places in the code
 * among the old ones, when many of an earlier collection had survived: a burst of requests is enough. What these hold then
 * stays until the next full collection, however short its use, and that comes several times a second.
 */
export function keepGarbageYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}

/**
 * Gives the memory back that loading code took (8 MB of an idle gateway, 2 MB of a worker): a full collection that
 * shrinks the heap, which V8 by itself does only after minutes of allocation. It blocks this thread for some 50 ms, so
 * it belongs between loading and listening.
 */
export function compactHeap(): void {
  // Node has no API for it; the function exists in contexts made after the flag is set. It stays set, because flags
  // belong to the process and another thread may be here, too.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
