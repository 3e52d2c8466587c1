import { after, cancelTimer } from '../../base/clock.ts';
import { mcpLimits } from '../limits.ts';
import type { Bulletin } from '../session/bulletin.ts';
import type { Place, Roster } from '../session/roster.ts';
import { isEmpty, unionOf, type SubscriptionFilter } from '../wire/2026-07-28/subscriptions.ts';

/** A notification that a server with sessions sent to one of them. */
export interface News {
  /** Place of the server among the targets. */
  readonly target: number;
  readonly method: string;
  /** JSON text of the params, maybe ''. */
  readonly params: string;
}

/** What an endpoint does for the same endpoint at other workers. */
export interface Neighbourly {
  /** What listeners elsewhere want of a profile is this now; null: nothing. Resolves when servers tell it here. */
  onWanted(profile: string, wanted: SubscriptionFilter | null): Promise<void>;
  /** What a server told a session of that profile elsewhere. */
  onNews(profile: string, news: News): void;
}

/** The same endpoint at all workers. */
interface Letter {
  readonly endpoint: string;
  readonly from: Place;
  readonly content:
    | { readonly kind: 'arrived' }
    | {
        readonly kind: 'want';
        readonly profile: string;
        readonly filter: SubscriptionFilter | null;
        readonly number: number;
      }
    | { readonly kind: 'heard'; readonly number: number; readonly wanter: Place }
    | { readonly kind: 'news'; readonly profile: string; readonly news: News };
}

interface Wish {
  readonly filter: SubscriptionFilter;
  readonly number: number;
}

/**
 * Makes listeners hear what servers with sessions tell only one of a client's sessions, whichever worker has it: each
 * worker says what its listeners want, all that have sessions of that profile want it of their servers, too, and pass on
 * what these tell.
 */
export class Neighbours {
  readonly #bulletin: Bulletin;
  readonly #endpoint: string;
  readonly #roster: Roster;
  readonly #host: Neighbourly;
  readonly #stop: () => void;
  /** What is wanted here, by profile. */
  readonly #own = new Map<string, Wish>();
  /** What is wanted at other workers, by profile and worker. */
  readonly #others = new Map<string, Map<number, { readonly from: Place; readonly filter: SubscriptionFilter }>>();
  /** Wishes that not all have answered, by number: the workers that have not. */
  readonly #asked = new Map<number, { readonly missing: Set<number>; readonly done: () => void }>();
  #number = 0;

  /** @param endpoint Names the endpoint; the same at all workers, and of no other. */
  constructor(bulletin: Bulletin, endpoint: string, roster: Roster, host: Neighbourly) {
    this.#bulletin = bulletin;
    this.#endpoint = endpoint;
    this.#roster = roster;
    this.#host = host;
    this.#stop = bulletin.listen((message) => this.#read(message as Letter));
    this.#send({ kind: 'arrived' });
  }

  /** Says what the listeners of a profile want, null for nothing; resolves when all know, or after a moment. */
  async want(profile: string, filter: SubscriptionFilter | null): Promise<void> {
    const wish = filter === null || isEmpty(filter) ? null : { filter, number: ++this.#number };
    if (wish === null) {
      if (this.#own.delete(profile)) this.#send({ kind: 'want', profile, filter: null, number: 0 });
      return;
    }
    this.#own.set(profile, wish);
    const missing = new Set(this.#roster.others());
    if (missing.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = after(mcpLimits.hearMs, resolve);
    this.#asked.set(wish.number, { missing, done: resolve });
    this.#send({ kind: 'want', profile, ...wish });
    await promise;
    cancelTimer(timer);
    this.#asked.delete(wish.number);
  }

  /** What is wanted of a profile at other workers; null: nothing. */
  wanted(profile: string): SubscriptionFilter | null {
    const wishes = this.#others.get(profile);
    return wishes === undefined ? null : unionOf([...wishes.values()].map(({ filter }) => filter));
  }

  /** Tells the others what a server told here, if they want to know. */
  tell(profile: string, news: News): void {
    if (this.#others.has(profile)) this.#send({ kind: 'news', profile, news });
  }

  /** Periodic work: forgets what workers wanted that are no more. */
  tend(): void {
    for (const [profile, wishes] of this.#others) {
      for (const { from } of wishes.values()) {
        if (!this.#roster.isLive(from)) void this.#note(profile, from, null);
      }
    }
  }

  close(): void {
    for (const profile of this.#own.keys()) void this.want(profile, null);
    this.#stop();
    for (const { done } of this.#asked.values()) done();
  }

  #send(content: Letter['content']): void {
    const letter: Letter = { endpoint: this.#endpoint, from: this.#roster.own, content };
    this.#bulletin.post(letter);
  }

  #read({ endpoint, from, content }: Letter): void {
    if (endpoint !== this.#endpoint) return;
    switch (content.kind) {
      case 'arrived':
        for (const [profile, wish] of this.#own) this.#send({ kind: 'want', profile, ...wish });
        return;
      case 'want': {
        const { profile, filter, number } = content;
        void this.#note(profile, from, filter).then(() => {
          if (number > 0) this.#send({ kind: 'heard', number, wanter: from });
        });
        return;
      }
      case 'heard': {
        if (!this.#roster.isOwn(content.wanter)) return;
        const asked = this.#asked.get(content.number);
        asked?.missing.delete(from.worker);
        if (asked?.missing.size === 0) asked.done();
        return;
      }
      default:
        this.#host.onNews(content.profile, content.news);
    }
  }

  #note(profile: string, from: Place, filter: SubscriptionFilter | null): Promise<void> {
    const wishes = this.#others.get(profile) ?? new Map<number, { from: Place; filter: SubscriptionFilter }>();
    if (filter === null) wishes.delete(from.worker);
    else wishes.set(from.worker, { from, filter });
    if (wishes.size === 0) this.#others.delete(profile);
    else this.#others.set(profile, wishes);
    return this.#host.onWanted(profile, this.wanted(profile));
  }
}
