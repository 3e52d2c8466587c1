import { random } from '../../base/random.ts';

/** What a choice among providers needs of one. */
export interface Balanced {
  /** Null: nothing is known of it, since there is no choice. */
  readonly health: { readonly evicted: boolean; readonly score: number } | null;
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
  const able: T[] = [];
  const evicted: T[] = [];
  for (const group of groups) {
    const here: T[] = [];
    for (const member of group) (member.health?.evicted === true ? evicted : here).push(member);
    able.push(...ranked(here, chance));
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
