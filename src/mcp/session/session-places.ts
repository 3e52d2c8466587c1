import { after, cancelTimer } from '../../base/clock.ts';
import type { SharedLimit } from '../../telemetry/shared/limit.ts';
import { mcpLimits } from '../limits.ts';
import type { Place } from './roster.ts';
import type { SessionPorts } from './session-ports.ts';

/** Sessions of one endpoint that may give way to others. */
export interface Yielding {
  /** For how long the one that is idle for longest did nothing, in milliseconds; -1: there is none. */
  readonly idlestMs: number;
  /** Ends that one for good, which gives its place back. */
  giveWay(): void;
}

/** What workers tell each other of the places of one backend. */
interface Letter {
  readonly places: string;
  readonly content:
    | { readonly kind: 'yield'; readonly worker: number; readonly asker: Place; readonly number: number }
    | { readonly kind: 'yielded'; readonly asker: Place; readonly number: number; readonly made: boolean };
}

/**
 * The places of a backend's sessions, as many as there are for all of its endpoints at all workers together. When all are
 * taken, a session gives way that did nothing for a while: one of this worker, or else of another.
 */
export class SessionPlaces {
  readonly #count: SharedLimit;
  readonly #key: string;
  readonly #ports: Pick<SessionPorts, 'roster' | 'bulletin'>;
  readonly #idleMs: number;
  readonly #endpoints = new Set<Yielding>();
  readonly #asked = new Map<number, (made: boolean) => void>();
  readonly #stop: () => void;
  #number = 0;

  /**
   * @param count The sessions of all workers.
   * @param key Names the backend; the same at all workers, and of no other.
   * @param idleMs After how many milliseconds in which it did nothing a session may give way.
   */
  constructor(
    count: SharedLimit,
    key: string,
    ports: Pick<SessionPorts, 'roster' | 'bulletin'>,
    idleMs: number = mcpLimits.evictAfterMs,
  ) {
    this.#count = count;
    this.#key = key;
    this.#ports = ports;
    this.#idleMs = idleMs;
    this.#stop = ports.bulletin.listen((letter) => this.#read(letter as Letter));
  }

  /** The sessions of an endpoint may give way from now on, until the result is called. */
  join(endpoint: Yielding): () => void {
    this.#endpoints.add(endpoint);
    return () => this.#endpoints.delete(endpoint);
  }

  /** Takes a place; false when there is none, and no session of this worker gives way. */
  take(): boolean {
    return this.#count.tryAcquire() || (this.#giveWay() && this.#count.tryAcquire());
  }

  /** Asks the other workers for a place, one after the other; false when no session anywhere gives way. */
  async takeElsewhere(): Promise<boolean> {
    for (const worker of this.#ports.roster.others()) {
      if ((await this.#ask(worker)) && this.#count.tryAcquire()) return true;
    }
    return false;
  }

  /** Gives a place back. */
  release(): void {
    this.#count.release();
  }

  close(): void {
    this.#stop();
    for (const answer of this.#asked.values()) answer(false);
  }

  #giveWay(): boolean {
    let idlest: Yielding | null = null;
    let idleMs = this.#idleMs;
    for (const endpoint of this.#endpoints) {
      const { idlestMs } = endpoint;
      if (idlestMs < idleMs) continue;
      idleMs = idlestMs;
      idlest = endpoint;
    }
    idlest?.giveWay();
    return idlest !== null;
  }

  /** Whether a session of that worker has given way. */
  async #ask(worker: number): Promise<boolean> {
    const number = ++this.#number;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#asked.set(number, resolve);
    const timer = after(mcpLimits.yieldMs, () => resolve(false));
    this.#send({ kind: 'yield', worker, asker: this.#ports.roster.own, number });
    const made = await promise;
    cancelTimer(timer);
    this.#asked.delete(number);
    return made;
  }

  #send(content: Letter['content']): void {
    const letter: Letter = { places: this.#key, content };
    this.#ports.bulletin.post(letter);
  }

  #read({ places, content }: Letter): void {
    if (places !== this.#key) return;
    const { roster } = this.#ports;
    const { asker, number } = content;
    if (content.kind === 'yielded') {
      if (roster.isOwn(asker)) this.#asked.get(number)?.(content.made);
    } else if (content.worker === roster.own.worker) {
      this.#send({ kind: 'yielded', asker, number, made: this.#giveWay() });
    }
  }
}
