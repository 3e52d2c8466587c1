import { mcpLimits } from '../limits.ts';
import type { Session } from './session.ts';

/** The sessions of one endpoint in this worker. */
export class SessionStore {
  readonly #sessions = new Map<string, Session>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /** False when there are too many sessions and none idle enough to give way. */
  makeRoom(): boolean {
    if (this.#sessions.size < this.#max) return true;
    let idlest: Session | null = null;
    let idleMs: number = mcpLimits.evictAfterMs;
    for (const session of this.#sessions.values()) {
      if (session.idleMs < idleMs) continue;
      idleMs = session.idleMs;
      idlest = session;
    }
    if (idlest === null) return false;
    this.end(idlest);
    return true;
  }

  add(session: Session): void {
    this.#sessions.set(session.id, session);
  }

  end(session: Session): void {
    this.#sessions.delete(session.id);
    session.close();
  }

  /** Ends what is idle for longer than `ttlMs`, tends the rest. */
  sweep(ttlMs: number): void {
    for (const session of this.#sessions.values()) {
      if (session.idleMs > ttlMs) this.end(session);
      else session.tend();
    }
  }

  /** See {@link Session.drain}. */
  drain(): void {
    for (const session of this.#sessions.values()) session.drain();
  }

  endAll(): void {
    for (const session of this.#sessions.values()) this.end(session);
  }
}
