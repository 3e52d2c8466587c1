import { charSet, digits, dot, negate, spaces, wordChars, type CharSet } from './char-set.ts';

/** A regular expression of the subset that {@link parseSubset} knows. */
export type Regex =
  | { readonly kind: 'chars'; readonly set: CharSet }
  | { readonly kind: 'concat'; readonly parts: readonly Regex[] }
  | { readonly kind: 'alternation'; readonly options: readonly Regex[] }
  | {
      readonly kind: 'repeat';
      readonly inner: Regex;
      readonly min: number;
      readonly max: number;
      readonly lazy: boolean;
    }
  | { readonly kind: 'group'; readonly inner: Regex; readonly capture: boolean };

/** A whole pattern: anchors are known at its two ends only. */
export interface Pattern {
  readonly body: Regex;
  readonly start: boolean;
  readonly end: boolean;
}

/** Thrown inside the parser for whatever is outside the subset. */
class OutsideSubset extends Error {}

/**
 * Parses the part of RE2's syntax whose meaning this module can carry over to JS exactly: literals, classes, `\d \w \s`
 * and their complements, groups without flags or names, alternation, counted repetition, `^` first and `$` last. Null
 * for anything else, valid or not; `re2js` is the judge of that.
 */
export function parseSubset(pattern: string): Pattern | null {
  try {
    return new SubsetParser(pattern).parse();
  } catch (cause) {
    if (cause instanceof OutsideSubset) return null;
    throw cause;
  }
}

const classes: { readonly [letter: string]: CharSet } = {
  d: digits,
  D: negate(digits),
  w: wordChars,
  W: negate(wordChars),
  s: spaces,
  S: negate(spaces),
};
const controls: { readonly [letter: string]: number } = { t: 9, n: 10, v: 11, f: 12, r: 13, a: 7 };
const maxRepeat = 1000;
const maxDepth = 100;

class SubsetParser {
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#chars = Array.from(pattern);
  }

  parse(): Pattern {
    const start = this.#take('^');
    const options = [this.#concat()];
    while (this.#take('|')) options.push(this.#concat());
    const end = this.#take('$');
    if (this.#at < this.#chars.length) throw new OutsideSubset();
    // An anchor would belong to one option only.
    if (options.length > 1 && (start || end)) throw new OutsideSubset();
    return { body: alternation(options), start, end };
  }

  #peek(): string | undefined {
    return this.#chars[this.#at];
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at++;
    return true;
  }

  #concat(): Regex {
    const parts: Regex[] = [];
    for (;;) {
      const char = this.#peek();
      if (char === undefined || char === '|' || char === ')' || char === '$') break;
      parts.push(this.#quantified());
    }
    return { kind: 'concat', parts };
  }

  #quantified(): Regex {
    const inner = this.#atom();
    const bounds = this.#bounds();
    if (bounds === null) return inner;
    const lazy = this.#take('?');
    if (this.#bounds() !== null) throw new OutsideSubset();
    return { kind: 'repeat', inner, min: bounds[0], max: bounds[1], lazy };
  }

  #bounds(): [number, number] | null {
    if (this.#take('*')) return [0, Infinity];
    if (this.#take('+')) return [1, Infinity];
    if (this.#take('?')) return [0, 1];
    if (this.#peek() !== '{') return null;
    const text = this.#chars.slice(this.#at, this.#at + 12).join('');
    const found = /^\{(\d{1,4})(,(\d{1,4})?)?\}/.exec(text);
    if (found === null) throw new OutsideSubset();
    this.#at += found[0].length;
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] === undefined ? Infinity : Number(found[3]);
    if (min > maxRepeat || (max !== Infinity && (max > maxRepeat || max < min))) throw new OutsideSubset();
    return [min, max];
  }

  #atom(): Regex {
    const char = this.#chars[this.#at++] as string;
    if (char === '(') return this.#group();
    if (char === '[') return { kind: 'chars', set: this.#class() };
    if (char === '.') return { kind: 'chars', set: dot };
    if (char === '\\') return { kind: 'chars', set: this.#escape() };
    if ('^*+?{}]'.includes(char)) throw new OutsideSubset();
    return { kind: 'chars', set: single(char) };
  }

  #group(): Regex {
    if (++this.#depth > maxDepth) throw new OutsideSubset();
    let capture = true;
    if (this.#take('?')) {
      if (!this.#take(':')) throw new OutsideSubset();
      capture = false;
    }
    const options = [this.#concat()];
    while (this.#take('|')) options.push(this.#concat());
    if (!this.#take(')')) throw new OutsideSubset();
    this.#depth--;
    return { kind: 'group', inner: alternation(options), capture };
  }

  #escape(): CharSet {
    const char = this.#chars[this.#at++];
    if (char === undefined) throw new OutsideSubset();
    const known = classes[char];
    if (known !== undefined) return known;
    const control = controls[char];
    if (control !== undefined) return [[control, control]];
    if (/[A-Za-z0-9]/.test(char) || char > '\x7f') throw new OutsideSubset();
    return single(char);
  }

  #class(): CharSet {
    const negated = this.#take('^');
    const ranges: (readonly [number, number])[] = [];
    let first = true;
    for (; first || this.#peek() !== ']'; first = false) {
      const low = this.#classAtom();
      if (this.#peek() !== '-' || this.#chars[this.#at + 1] === ']') {
        ranges.push(...low);
        continue;
      }
      this.#at++;
      const high = this.#classAtom();
      const from = onlyMember(low);
      const to = onlyMember(high);
      if (from === null || to === null || from > to) throw new OutsideSubset();
      ranges.push([from, to]);
    }
    this.#at++;
    const set = charSet(ranges);
    return negated ? negate(set) : set;
  }

  #classAtom(): CharSet {
    const char = this.#chars[this.#at++];
    if (char === undefined || char === '[') throw new OutsideSubset();
    return char === '\\' ? this.#escape() : single(char);
  }
}

function single(char: string): CharSet {
  const code = char.codePointAt(0) ?? 0;
  return [[code, code]];
}

function onlyMember(set: CharSet): number | null {
  const range = set.length === 1 ? set[0] : undefined;
  return range !== undefined && range[0] === range[1] ? range[0] : null;
}

function alternation(options: readonly Regex[]): Regex {
  return options.length === 1 ? (options[0] as Regex) : { kind: 'alternation', options };
}
