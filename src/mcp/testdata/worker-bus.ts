/** Workers of a test, which tell each other things as the threads of the gateway do. */
import type { Bulletin } from '../session/bulletin.ts';
import { endedIdsMemory } from '../session/ended-ids.ts';
import { keyRingMemory } from '../session/key-ring.ts';
import { clientCountsMemory } from '../modern/client-counts.ts';
import { livingWorkers, markLost } from '../session/roster.ts';
import { sessionPorts, type SessionPorts } from '../session/session-ports.ts';

/** Joins workers; messages arrive later, and as copies. */
export class WorkerBus {
  readonly #living: SharedArrayBuffer;
  readonly #takers = new Map<number, Set<(message: unknown) => void>>();
  /** What was posted. */
  readonly posted: unknown[] = [];

  constructor(workers: number) {
    this.#living = livingWorkers(workers);
  }

  /** What sessions share, as a new worker of this number has it. */
  ports(worker: number): SessionPorts {
    this.#takers.delete(worker);
    const seed = {
      keys: keyRingMemory([new Uint8Array(32).fill(7)]),
      roster: { own: { run: 'bus', worker, generation: 1 }, living: this.#living },
      ended: endedIdsMemory(),
      clients: clientCountsMemory(8),
    };
    const ports = sessionPorts(seed, undefined, undefined, this.bulletin(worker));
    ports.roster.arrive();
    return ports;
  }

  /** Where worker `worker` tells the others things, and hears them. */
  bulletin(worker: number): Bulletin {
    const takers = this.#takers.get(worker) ?? new Set<(message: unknown) => void>();
    this.#takers.set(worker, takers);
    return {
      post: (message) => this.#post(worker, message),
      listen: (take) => {
        takers.add(take);
        return () => takers.delete(take);
      },
    };
  }

  /** The worker dies: nothing reaches it, and nothing comes from it. */
  lose(worker: number): void {
    markLost(this.#living, worker);
    this.#takers.delete(worker);
  }

  #post(from: number, message: unknown): void {
    if (!this.#takers.has(from)) return;
    this.posted.push(message);
    const copy: unknown = structuredClone(message);
    setImmediate(() => {
      for (const [worker, takers] of this.#takers) if (worker !== from) for (const take of takers) take(copy);
    });
  }
}
