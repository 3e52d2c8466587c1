import { wallMs } from '../../base/clock.ts';
import { randomToken } from '../../base/random.ts';
import { forgetClients, clientCountsMemory } from '../../mcp/modern/client-counts.ts';
import { EndedIds, endedIdsMemory } from '../../mcp/session/ended-ids.ts';
import { keyRingMemory, writeKeys } from '../../mcp/session/key-ring.ts';
import { livingWorkers, markLost } from '../../mcp/session/roster.ts';
import type { SessionSeed } from '../../mcp/session/session-ports.ts';

const runBytes = 6;

/** The main thread's side of what the MCP sessions of all workers have in common. */
export class SharedSessions {
  readonly #run = randomToken(runBytes);
  readonly #generations: number[];
  readonly #living: SharedArrayBuffer;
  readonly #ended: SharedArrayBuffer;
  readonly #clients: SharedArrayBuffer;
  readonly #keys: SharedArrayBuffer;

  /** @param keys Each of 32 bytes; the first seals, all open. */
  constructor(workers: number, keys: readonly Uint8Array[]) {
    this.#generations = Array.from({ length: workers }, () => 0);
    this.#living = livingWorkers(workers);
    this.#ended = endedIdsMemory();
    this.#clients = clientCountsMemory(workers);
    this.#keys = keyRingMemory(keys);
  }

  /** What a worker that is about to start, and none before it, is told. */
  seed(worker: number): SessionSeed {
    const generation = (this.#generations[worker] ?? 0) + 1;
    this.#generations[worker] = generation;
    const own = { run: this.#run, worker, generation };
    return { keys: this.#keys, roster: { own, living: this.#living }, ended: this.#ended, clients: this.#clients };
  }

  /** Sessions that clients ended at this process or another. */
  get ended(): EndedIds {
    return new EndedIds(this.#ended, wallMs);
  }

  /** A worker died: others go on with its sessions. */
  lost(worker: number): void {
    markLost(this.#living, worker);
    forgetClients(this.#clients, worker);
  }

  /** Seals with the first of these keys from now on, in all workers. */
  rotate(keys: readonly Uint8Array[]): void {
    writeKeys(this.#keys, keys);
  }
}
