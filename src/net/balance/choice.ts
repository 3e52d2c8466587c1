import { random } from '../../base/random.ts';
import { hashPair } from './hash.ts';

/** What a choice needs to know of an endpoint. */
export interface Choosable {
  readonly weight: number;
  /** Its part of its whole share while it is new, up to 1. */
  readonly warmth: number;
  readonly hash: number;
  readonly health: { readonly score: number; readonly pending: number };
}

/** Scores that differ by less than this part are equal: then the load decides. */
const sameScore = 0.01;

/**
 * The power of two choices: of two that chance picked by their weights the one with the better score
 * (agentgateway §2.7); where both are as good, the one with fewer requests for its weight, then the first.
 */
export function leastLoaded<T extends Choosable>(members: readonly T[], chance: () => number = random): T {
  const [only] = members;
  if (only === undefined) throw new RangeError('there is nothing to choose');
  if (members.length === 1) return only;
  const a = byWeight(members, -1, chance);
  const first = members[a] as T;
  const second = members[byWeight(members, a, chance)] as T;
  const [one, two] = [first.health.score, second.health.score];
  if (Math.abs(one - two) > sameScore * Math.max(one, two)) return two > one ? second : first;
  return load(second) < load(first) ? second : first;
}

function load({ health, weight, warmth }: Choosable): number {
  return health.pending / (weight * warmth);
}

/** A place that chance picks by weight, not `except`. */
function byWeight(members: readonly Choosable[], except: number, chance: () => number): number {
  let total = 0;
  for (let i = 0; i < members.length; i++) if (i !== except) total += share(members[i] as Choosable);
  let point = chance() * total;
  let last = except === 0 ? 1 : 0;
  for (let i = 0; i < members.length; i++) {
    if (i === except) continue;
    last = i;
    point -= share(members[i] as Choosable);
    if (point < 0) break;
  }
  return last;
}

function share({ weight, warmth }: Choosable): number {
  return weight * warmth;
}

/**
 * The one with the highest rank for `key`, a hash: each key has an order of all endpoints of its own, which stays when
 * others come and go; weights are kept (rendezvous hashing with logarithms).
 */
export function rendezvous<T extends Choosable>(members: readonly T[], key: number): T {
  let best: T | undefined;
  let rank = -Infinity;
  for (const member of members) {
    const point = (hashPair(key, member.hash) + 0.5) / 0x1_0000_0000;
    const here = -member.weight / Math.log(point);
    if (best !== undefined && here <= rank) continue;
    best = member;
    rank = here;
  }
  if (best === undefined) throw new RangeError('there is nothing to choose');
  return best;
}

/** In turn, each as often as its weight says and evenly spread (smooth weighted round robin). */
export class RoundRobin<T extends Choosable> {
  readonly #credit = new WeakMap<T, number>();

  next(members: readonly T[]): T {
    let best: T | undefined;
    let most = -Infinity;
    let total = 0;
    for (const member of members) {
      const part = share(member);
      const credit = (this.#credit.get(member) ?? 0) + part;
      this.#credit.set(member, credit);
      total += part;
      if (credit <= most) continue;
      best = member;
      most = credit;
    }
    if (best === undefined) throw new RangeError('there is nothing to choose');
    this.#credit.set(best, most - total);
    return best;
  }
}
