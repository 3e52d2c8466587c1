import type { SharedLimit } from '../../telemetry/shared/limit.ts';
import { mcpLimits } from '../limits.ts';
import type { Gauge } from '../../telemetry/metrics/series.ts';
import type { EndedIds } from './ended-ids.ts';
import type { Session } from './session.ts';

/** The sessions of one endpoint in this worker. */
export class SessionStore {
  readonly #sessions = new Map<string, Session>();
  readonly #count: SharedLimit;
  readonly #ended: EndedIds;
  readonly #gauge: Pick<Gauge, 'add'>;

  /** @param count The sessions of all workers. */
  constructor(count: SharedLimit, ended: EndedIds, gauge: Pick<Gauge, 'add'>) {
    this.#count = count;
    this.#ended = ended;
    this.#gauge = gauge;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /** Takes the place of one more session; false when there are too many and none here is idle enough to give way. */
  takePlace(): boolean {
    if (this.#count.tryAcquire()) return true;
    let idlest: Session | null = null;
    let idleMs: number = mcpLimits.evictAfterMs;
    for (const session of this.#sessions.values()) {
      if (session.idleMs < idleMs) continue;
      idleMs = session.idleMs;
      idlest = session;
    }
    if (idlest === null) return false;
    this.end(idlest);
    return this.#count.tryAcquire();
  }

  /** Keeps a session in a place that was taken for it. */
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
    if (!this.#sessions.delete(session.id)) return;
    this.#count.release();
    this.#gauge.add(-1);
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
