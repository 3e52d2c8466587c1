import { random } from '../../base/random.ts';
import { hashPair } from '../../net/balance/hash.ts';

/** What a choice among providers needs of one. */
export interface Balanced {
  /** Null: nothing is known of it, since there is no choice. */
  readonly health: { readonly evicted: boolean; readonly score: number } | null;
}

/** One among which requests that belong together find each other. */
export interface Keyed extends Balanced {
  /** Of its name. */
  readonly hash: number;
}

/**
 * Everyone in the order to ask: by group, the first group first; within one, the better of two that chance picked, then
 * the others, best first. Those that are evicted come last, in the same order: they serve when nobody else can.
 */
export function inOrder<T extends Balanced>(
  groups: readonly (readonly T[])[],
  chance: () => number = random,
): readonly T[] {
  const [only] = groups;
  if (groups.length === 1 && only !== undefined && only.length < 2) return only;
  return byGroup(groups, (members) => ranked(members, chance));
}

/**
 * As {@link inOrder}, but each key has an order of its own within a group, which stays when others come and go
 * (rendezvous hashing).
 *
 * @param key A hash of what the request belongs to.
 */
export function inOrderOf<T extends Keyed>(groups: readonly (readonly T[])[], key: number): readonly T[] {
  return byGroup(groups, (members) => members.toSorted((a, b) => hashPair(key, b.hash) - hashPair(key, a.hash)));
}

function byGroup<T extends Balanced>(
  groups: readonly (readonly T[])[],
  order: (members: T[]) => readonly T[],
): readonly T[] {
  const able: T[] = [];
  const evicted: T[] = [];
  for (const group of groups) {
    const here: T[] = [];
    for (const member of group) (member.health?.evicted === true ? evicted : here).push(member);
    able.push(...order(here));
  }
  return [...able, ...evicted];
}

function ranked<T extends Balanced>(members: T[], chance: () => number): readonly T[] {
  if (members.length < 2) return members;
  const first = chosen(members, chance);
  const others = members.filter((member) => member !== first);
  return [first, ...others.toSorted((a, b) => scoreOf(b) - scoreOf(a))];
}

/** The power of two choices: nearly as good as the best, and no stampede to it. */
function chosen<T extends Balanced>(members: readonly T[], chance: () => number): T {
  const a = Math.floor(chance() * members.length);
  const b = (a + 1 + Math.floor(chance() * (members.length - 1))) % members.length;
  const [first, second] = [members[a] as T, members[b] as T];
  return scoreOf(second) > scoreOf(first) ? second : first;
}

function scoreOf({ health }: Balanced): number {
  return health?.score ?? 1;
}
