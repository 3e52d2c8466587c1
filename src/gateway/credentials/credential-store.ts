import { createHash } from 'node:crypto';
import { CachedToken, type Issue } from './cached-token.ts';
import type { CredentialPorts } from './ports.ts';

/** One use of a token that others may use as well. */
export interface TokenHandle<T> {
  readonly token: CachedToken<T>;
  /** Gives it back; a second call does nothing. */
  release(): void;
}

/** What the store can hold: equal configuration shares it. */
export interface Closable {
  close(): void;
}

/** One use of something shared. */
export interface SharedHandle<T> {
  readonly value: T;
  /** Gives it back; a second call does nothing. */
  release(): void;
}

interface Held {
  readonly value: Closable;
  uses: number;
}

/** All fetched tokens of a worker. Equal configuration shares one, which lives as long as someone uses it. */
export class CredentialStore {
  readonly ports: CredentialPorts;
  readonly #held: Map<string, Held>;

  constructor(ports: CredentialPorts) {
    this.ports = ports;
    this.#held = new Map();
  }

  /**
   * The token of `spec`, issued by what `issue` makes when no one has it yet. A new snapshot acquires its tokens before
   * the old one releases: so they outlive a reload that does not concern them.
   *
   * @param spec Plain data; equal for equal tokens.
   * @param secrets Texts of it that must never reach a log.
   */
  acquire<T>(name: string, spec: unknown, secrets: readonly string[], issue: () => Issue<T>): TokenHandle<T> {
    const { value, release } = this.share(name, spec, () => {
      return new CachedToken<T>(issue(), { name, log: this.ports.log, secrets });
    });
    return { token: value, release };
  }

  /**
   * What `make` makes of `spec`, shared and released as {@link acquire} says; it is closed when nobody uses it any more.
   *
   * @param make Gets what equal names and specs have in common, in all workers.
   */
  share<T extends Closable>(name: string, spec: unknown, make: (id: string) => T): SharedHandle<T> {
    // Hashed, because it holds secrets and lives long.
    const key = createHash('sha256')
      .update(JSON.stringify([name, spec], (_key, part: unknown) => (part instanceof Map ? [...part] : part)))
      .digest('base64url');
    let held = this.#held.get(key);
    if (held === undefined) {
      held = { value: make(key), uses: 0 };
      this.#held.set(key, held);
    }
    const entry = held;
    entry.uses++;
    let released = false;
    return {
      // Equal names and specs have equal types.
      value: entry.value as T,
      release: () => {
        if (released) return;
        released = true;
        this.#release(key, entry);
      },
    };
  }

  /** Tokens in use. */
  get size(): number {
    return this.#held.size;
  }

  #release(key: string, held: Held): void {
    held.uses--;
    if (held.uses > 0) return;
    this.#held.delete(key);
    held.value.close();
  }
}
