import type { CompiledBackend } from '../backends/backend.ts';

/** A backend that outlives snapshots while its configuration stays the same. */
interface Entry {
  readonly backend: CompiledBackend;
  users: number;
}

/** Keeps backends that hold state (sessions, rotations) over reloads; the last user closes it. */
export class BackendRegistry {
  readonly #entries: Map<string, Entry> = new Map();

  /**
   * The backend with this key and configuration, made by `create` if there is none.
   * @param fingerprint Equal for equal configuration.
   */
  acquire(key: string, fingerprint: string, create: () => CompiledBackend): CompiledBackend {
    const id = `${key}\n${fingerprint}`;
    let entry = this.#entries.get(id);
    if (entry === undefined) this.#entries.set(id, (entry = { backend: create(), users: 0 }));
    entry.users++;
    return entry.backend;
  }

  /** Gives one use back. */
  release(key: string, fingerprint: string): void {
    const id = `${key}\n${fingerprint}`;
    const entry = this.#entries.get(id);
    if (entry === undefined || --entry.users > 0) return;
    this.#entries.delete(id);
    entry.backend.close();
  }

  /** Closes everything: the process stops. */
  close(): void {
    for (const entry of this.#entries.values()) entry.backend.close();
    this.#entries.clear();
  }
}
