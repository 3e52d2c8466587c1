import type { Gauge } from '../../telemetry/metrics/series.ts';
import type { EndedIds } from './ended-ids.ts';
import type { SessionPlaces, Yielding } from './session-places.ts';
import type { Session } from './session.ts';

/** The sessions of one endpoint in this worker. */
export class SessionStore implements Yielding {
  readonly #sessions = new Map<string, Session>();
  readonly #places: SessionPlaces;
  readonly #leave: () => void;
  readonly #ended: EndedIds;
  readonly #gauge: Pick<Gauge, 'add'>;

  constructor(places: SessionPlaces, ended: EndedIds, gauge: Pick<Gauge, 'add'>) {
    this.#places = places;
    this.#leave = places.join(this);
    this.#ended = ended;
    this.#gauge = gauge;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  get idlestMs(): number {
    return this.#idlest()?.idleMs ?? -1;
  }

  giveWay(): void {
    const idlest = this.#idlest();
    if (idlest !== null) this.end(idlest);
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
    this.#places.release();
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
    this.#leave();
    for (const session of this.#sessions.values()) this.drop(session);
  }

  /** The session that did nothing for longest; null: there is none. */
  #idlest(): Session | null {
    let idlest: Session | null = null;
    let idleMs = -1;
    for (const session of this.#sessions.values()) {
      const { idleMs: ms } = session;
      if (ms <= idleMs) continue;
      idleMs = ms;
      idlest = session;
    }
    return idlest;
  }
}
