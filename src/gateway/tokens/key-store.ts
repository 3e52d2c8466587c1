import { RemoteKeys, type RemoteKeysPorts } from './remote-keys.ts';
import type { KeySource } from './key-source.ts';

/** One use of keys that others may use as well. */
export interface KeysHandle {
  readonly keys: KeySource;
  /** Gives them back; a second call does nothing. */
  release(): void;
}

/**
 * All keys that a worker has fetched, by URL. A new snapshot acquires its keys before the old one releases, so that they
 * outlive a reload.
 */
export class KeyStore {
  readonly #ports: RemoteKeysPorts;
  readonly #held: Map<string, { readonly keys: RemoteKeys; uses: number }>;

  constructor(ports: RemoteKeysPorts) {
    this.#ports = ports;
    this.#held = new Map();
  }

  /** The keys of a URL; who is the first to want them begins to fetch. */
  acquire(url: string): KeysHandle {
    let held = this.#held.get(url);
    if (held === undefined) {
      held = { keys: new RemoteKeys(url, this.#ports), uses: 0 };
      this.#held.set(url, held);
      held.keys.warm();
    }
    const { keys } = held;
    held.uses++;
    let released = false;
    return {
      keys,
      release: () => {
        if (released) return;
        released = true;
        this.#release(url);
      },
    };
  }

  #release(url: string): void {
    const held = this.#held.get(url);
    if (held === undefined) return;
    held.uses--;
    if (held.uses > 0) return;
    this.#held.delete(url);
    held.keys.close();
  }
}
