import { mcpLimits } from '../limits.ts';
import type { Gauge } from '../../telemetry/metrics/series.ts';
import type { EndedIds } from './ended-ids.ts';
import type { Session } from './session.ts';

/** The sessions of one endpoint in this worker. */
export class SessionStore {
  readonly #sessions = new Map<string, Session>();
  readonly #max: number;
  readonly #ended: EndedIds;

  readonly #gauge: Pick<Gauge, 'add'>;

  constructor(max: number, ended: EndedIds, gauge: Pick<Gauge, 'add'>) {
    this.#gauge = gauge;
    this.#max = max;
    this.#ended = ended;
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
    this.#gauge.add(1);
  }

  /** Ends a session for good: no worker takes its id any more. */
  end(session: Session): void {
    this.#remove(session);
    this.#ended.add(session.identity.mark, session.identity.claims.expires);
    session.close();
  }

  /** Gives up the copy of a session that ended, or goes on, elsewhere. */
  drop(session: Session): void {
    this.#remove(session);
    session.close();
  }

  #remove(session: Session): void {
    if (this.#sessions.delete(session.id)) this.#gauge.add(-1);
  }

  /**
   * Ends what is idle for longer than `ttlMs`, tends the rest.
   * @param isElsewhere Whether another worker goes on with a session that was resumed here.
   */
  sweep(ttlMs: number, isElsewhere: (session: Session) => boolean): void {
    for (const session of this.#sessions.values()) {
      if (session.idleMs <= ttlMs) session.tend();
      else if (session.resumed && isElsewhere(session)) this.drop(session);
      else this.end(session);
    }
  }

  /** See {@link Session.drain}. */
  drain(): void {
    for (const session of this.#sessions.values()) session.drain();
  }

  /** Gives up everything; whoever comes with an id may go on elsewhere. */
  dropAll(): void {
    for (const session of this.#sessions.values()) this.drop(session);
  }
}
