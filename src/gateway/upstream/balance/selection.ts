import type { LoadBalancingSpec } from '../../../model/balance.ts';
import { leastLoaded, rendezvous, RoundRobin } from '../../../net/balance/choice.ts';
import { hashText } from '../../../net/balance/hash.ts';
import type { Member } from './member.ts';

/** Chooses among the endpoints of one target. */
export class Selection {
  readonly #pick: (members: readonly Member[]) => Member;

  constructor({ algorithm }: Pick<LoadBalancingSpec, 'algorithm'>) {
    if (algorithm === 'leastLoaded') {
      this.#pick = (members) => leastLoaded(members);
    } else {
      const turns = new RoundRobin<Member>();
      this.#pick = (members) => turns.next(members);
    }
  }

  /**
   * The endpoint for a request: of those that are well, in the first group by priority where one has room; if none is
   * well, of all. Null: all that may be used have as many requests as they may.
   *
   * @param tried Those that had the request already: they come last.
   * @param key What belongs together, or null.
   */
  choose(members: readonly Member[], tried: readonly Member[], key: string | null): Member | null {
    const well = members.filter((member) => !member.isOut);
    const usable = well.length === 0 ? members : well;
    const fresh = tried.length === 0 ? usable : usable.filter((member) => !tried.includes(member));
    return this.#first(fresh, key) ?? (fresh.length === usable.length ? null : this.#first(usable, key));
  }

  /** {@link choose}, and a place at the endpoint, which has to be given back. */
  take(members: readonly Member[], tried: readonly Member[], key: string | null): Member | null {
    for (;;) {
      const member = this.choose(members, tried, key);
      // Another worker may have taken the last place since.
      if (member === null || member.held === null || member.held.tryAcquire()) return member;
    }
  }

  #first(members: readonly Member[], key: string | null): Member | null {
    let group: Member[] = [];
    let priority = Infinity;
    for (const member of members) {
      if (member.priority > priority || member.isFull) continue;
      if (member.priority < priority) group = [];
      priority = member.priority;
      group.push(member);
    }
    if (group.length === 0) return null;
    return key === null ? this.#pick(group) : rendezvous(group, hashText(key));
  }
}
