import { overlaps, toClass, type CharSet } from './char-set.ts';
import type { Pattern, Regex } from './syntax.ts';

/** Positions that an expanded pattern may have before it is left to `re2js`. */
const maxPositions = 300;
/** Ways that a pattern without loops may match, times its length, before it is left to `re2js`. */
const maxFiniteCost = 1000;

/**
 * Whether a back-tracking engine runs the pattern in time linear in the input. Proof, over the position automaton of
 * the pattern (Glushkov): where no two positions that may come next share a character, and each is reached in one way
 * only, every wrong choice fails on its first character, so one attempt is linear. An unanchored search makes an attempt
 * at each start. Those stay linear together when no character inside an unbounded loop can begin a match, for then each
 * attempt passes only a bounded number of later starts; or when whatever enters a loop has already matched, for then
 * only the last attempt does. A pattern without loops costs a constant for each start.
 *
 * @param anchored Whether a match can begin at the start of the input only.
 * @param toEnd Whether it must reach the end of the input.
 */
export function isLinear(pattern: Regex, anchored: boolean, toEnd: boolean): boolean {
  const automaton = new Automaton();
  const whole = automaton.add(pattern, false);
  if (whole === null) return false;
  if (automaton.ambiguous) return false;
  if (!automaton.hasLoop && countWays(pattern) * automaton.sets.length <= maxFiniteCost) return true;
  if (!automaton.isDeterministic(whole)) return false;
  if (anchored || !automaton.hasLoop) return true;
  // A match of nothing succeeds at the first attempt.
  if (whole.nullable) return !toEnd;
  const { loopPositions } = automaton;
  if (!toEnd && loopPositions.every((position) => whole.last.includes(position))) return true;
  return loopPositions.every((position) =>
    whole.first.every((start) => !overlaps(automaton.set(position), automaton.set(start))),
  );
}

/** A part of the automaton: where it can begin and end. */
interface Fragment {
  readonly nullable: boolean;
  readonly first: readonly number[];
  readonly last: readonly number[];
}

const nothing: Fragment = { nullable: true, first: [], last: [] };

class Automaton {
  readonly sets: CharSet[] = [];
  readonly loopPositions: number[] = [];
  hasLoop = false;
  /** Whether some input can be matched in two ways for a reason that the sets do not show. */
  ambiguous = false;
  readonly #follow: Set<number>[] = [];

  set(position: number): CharSet {
    return this.sets[position] as CharSet;
  }

  /** Adds a part; null when the automaton grows too large. */
  add(node: Regex, inLoop: boolean): Fragment | null {
    switch (node.kind) {
      case 'chars':
        return this.#position(node.set, inLoop);
      case 'group':
        return this.add(node.inner, inLoop);
      case 'concat':
        return this.#concat(node.parts.map((part) => () => this.add(part, inLoop)));
      case 'alternation': {
        const options: Fragment[] = [];
        for (const option of node.options) {
          const fragment = this.add(option, inLoop);
          if (fragment === null) return null;
          options.push(fragment);
        }
        if (options.filter((option) => option.nullable).length > 1) this.ambiguous = true;
        return {
          nullable: options.some((option) => option.nullable),
          first: options.flatMap((option) => option.first),
          last: options.flatMap((option) => option.last),
        };
      }
      case 'repeat':
        return this.#repeat(node, inLoop);
    }
  }

  #position(set: CharSet, inLoop: boolean): Fragment | null {
    const position = this.sets.length;
    if (position >= maxPositions) return null;
    this.sets.push(set);
    this.#follow.push(new Set());
    if (inLoop) this.loopPositions.push(position);
    return { nullable: false, first: [position], last: [position] };
  }

  #concat(parts: readonly (() => Fragment | null)[]): Fragment | null {
    let whole = nothing;
    for (const part of parts) {
      const next = part();
      if (next === null) return null;
      this.#link(whole.last, next.first);
      whole = {
        nullable: whole.nullable && next.nullable,
        first: whole.nullable ? [...whole.first, ...next.first] : whole.first,
        last: next.nullable ? [...whole.last, ...next.last] : next.last,
      };
    }
    return whole;
  }

  #repeat(node: Regex & { kind: 'repeat' }, inLoop: boolean): Fragment | null {
    if (Math.max(node.min, node.max === Infinity ? 0 : node.max) > maxPositions) return null;
    const copies: (() => Fragment | null)[] = [];
    const fixed = node.max === Infinity ? Math.max(0, node.min - 1) : node.min;
    for (let i = 0; i < fixed; i++) copies.push(() => this.#once(node.inner, inLoop));
    if (node.max === Infinity) copies.push(() => this.#loop(node.inner, node.min > 0));
    else if (node.max > node.min) copies.push(() => this.#optionalCopies(node.inner, node.max - node.min, inLoop));
    return this.#concat(copies);
  }

  /** A repeated part. One that can match nothing could do so in several ways. */
  #once(inner: Regex, inLoop: boolean): Fragment | null {
    const fragment = this.add(inner, inLoop);
    if (fragment?.nullable === true) this.ambiguous = true;
    return fragment;
  }

  /** Up to `count` copies, each only after the one before: `(x(x(x)?)?)?`. */
  #optionalCopies(inner: Regex, count: number, inLoop: boolean): Fragment | null {
    const copies: (() => Fragment | null)[] = [() => this.#once(inner, inLoop)];
    if (count > 1) copies.push(() => this.#optionalCopies(inner, count - 1, inLoop));
    return optional(this.#concat(copies));
  }

  #loop(inner: Regex, once: boolean): Fragment | null {
    this.hasLoop = true;
    const body = this.#once(inner, true);
    if (body === null) return null;
    this.#link(body.last, body.first);
    return once ? body : optional(body);
  }

  #link(from: readonly number[], to: readonly number[]): void {
    for (const position of from) {
      const known = this.#follow[position] as Set<number>;
      for (const next of to) {
        // Two loops around one part: either could take the next round.
        if (known.has(next)) this.ambiguous = true;
        known.add(next);
      }
    }
  }

  isDeterministic(whole: Fragment): boolean {
    const allDisjoint = (positions: Iterable<number>): boolean => {
      const list = [...positions];
      return list.every((a, index) => list.slice(index + 1).every((b) => !overlaps(this.set(a), this.set(b))));
    };
    return allDisjoint(whole.first) && this.#follow.every(allDisjoint);
  }
}

function optional(fragment: Fragment | null): Fragment | null {
  return fragment === null ? null : { ...fragment, nullable: true };
}

/** How many ways a pattern without loops can match, as an upper bound. */
function countWays(node: Regex): number {
  switch (node.kind) {
    case 'chars':
      return 1;
    case 'group':
      return countWays(node.inner);
    case 'concat':
      return node.parts.reduce((ways, part) => ways * countWays(part), 1);
    case 'alternation':
      return node.options.reduce((ways, option) => ways + countWays(option), 0);
    case 'repeat': {
      const each = countWays(node.inner);
      let ways = 0;
      for (let count = node.min; count <= node.max && ways <= maxFiniteCost; count++) ways += each ** count;
      return ways;
    }
  }
}

/** Whether a character beyond U+FFFF, two units of a JS string, can match. */
export function hasAstral(node: Regex): boolean {
  switch (node.kind) {
    case 'chars':
      return (node.set.at(-1)?.[1] ?? 0) > 0xffff;
    case 'group':
    case 'repeat':
      return hasAstral(node.inner);
    case 'concat':
      return node.parts.some(hasAstral);
    case 'alternation':
      return node.options.some(hasAstral);
  }
}

/** Whether a capturing group is repeated: JS forgets what it held in earlier rounds, RE2 does not. */
export function hasRepeatedCapture(node: Regex, repeated = false): boolean {
  switch (node.kind) {
    case 'chars':
      return false;
    case 'group':
      return (repeated && node.capture) || hasRepeatedCapture(node.inner, repeated);
    case 'concat':
      return node.parts.some((part) => hasRepeatedCapture(part, repeated));
    case 'alternation':
      return node.options.some((option) => hasRepeatedCapture(option, repeated));
    case 'repeat':
      return hasRepeatedCapture(node.inner, true);
  }
}

/** The pattern as JS source for the `u` flag, meaning what it means in RE2. */
export function toJsSource(pattern: Pattern): string {
  return `${pattern.start ? '^' : ''}${source(pattern.body)}${pattern.end ? '$' : ''}`;
}

function source(node: Regex): string {
  switch (node.kind) {
    case 'chars':
      return node.set.length === 0 ? '[]' : toClass(node.set);
    case 'group':
      return `(${node.capture ? '' : '?:'}${source(node.inner)})`;
    case 'concat':
      return node.parts.map(source).join('');
    case 'alternation':
      return `(?:${node.options.map(source).join('|')})`;
    case 'repeat': {
      const max = node.max === Infinity ? '' : String(node.max);
      const inner =
        node.inner.kind === 'chars' || node.inner.kind === 'group' ? source(node.inner) : `(?:${source(node.inner)})`;
      return `${inner}{${node.min},${max}}${node.lazy ? '?' : ''}`;
    }
  }
}
