import { BroadcastChannel } from 'node:worker_threads';
import type { Bulletin } from '../../mcp/session/bulletin.ts';

/** What the workers of this process tell each other, straight from thread to thread. */
export class WorkerBulletin implements Bulletin {
  readonly #channel: BroadcastChannel;
  readonly #takers = new Set<(message: unknown) => void>();

  /** @param run Names the process: threads of a test may be several. */
  constructor(run: string) {
    this.#channel = new BroadcastChannel(`waygate ${run}`);
    this.#channel.unref();
    this.#channel.onmessage = ({ data }) => {
      for (const take of this.#takers) take(data);
    };
  }

  post(message: unknown): void {
    this.#channel.postMessage(message);
  }

  listen(take: (message: unknown) => void): () => void {
    this.#takers.add(take);
    return () => this.#takers.delete(take);
  }

  close(): void {
    this.#channel.close();
  }
}
