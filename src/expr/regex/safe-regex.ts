import { RE2JS } from 're2js';
import { hasAstral, hasRepeatedCapture, isLinear, toJsSource } from './linear.ts';
import { parseSubset } from './syntax.ts';

/** A pattern that is not valid RE2, or is larger than allowed. */
export class RegexError extends Error {
  readonly pattern: string;
  constructor(message: string, pattern: string) {
    super(message);
    this.name = 'RegexError';
    this.pattern = pattern;
  }
}

/** A regular expression that runs in time linear in its input, whatever the input. */
export interface SafeRegex {
  readonly pattern: string;
  /** Whether V8's engine runs it; otherwise `re2js` does, some fifty times slower. */
  readonly native: boolean;
  /** Whether the input matches: somewhere in it, or as a whole with `fullMatch`. */
  test(input: string): boolean;
  /** The first match at or after `from`, or null. */
  exec(input: string, from?: number): RegexMatch | null;
  /**
   * Replaces the first match, or every one. In `replacement`, `$1`, `${1}`, `$name` and `${name}` stand for groups
   * (empty when they took no part; a name reaches as far as letters, digits and `_` go) and `$$` for `$`.
   */
  replace(input: string, replacement: string, all?: boolean): string;
}

export interface RegexMatch {
  readonly index: number;
  readonly end: number;
  /** Group 0 is the whole match; a group that took no part is undefined. */
  readonly groups: readonly (string | undefined)[];
}

export interface RegexOptions {
  /** Match the whole input only. */
  readonly fullMatch?: boolean;
}

const maxPattern = 10_000;
const maxProgram = 20_000;
/** Input above this length goes to `re2js`: V8's back-track stack is bounded. */
const maxNativeInput = 1_000_000;

/**
 * Compiles a pattern of RE2's syntax (no look-around, no back-references). It runs on V8 only where an analysis proves
 * that to be linear, else on `re2js`.
 *
 * @throws RegexError when the pattern is not valid RE2 or is too large
 */
export function compileRegex(pattern: string, options: RegexOptions = {}): SafeRegex {
  if (pattern.length > maxPattern) throw new RegexError(`the pattern is longer than ${maxPattern} characters`, pattern);
  const fullMatch = options.fullMatch === true;
  const checked = compileRe2(pattern, pattern);
  const re2 = fullMatch ? compileRe2(`^(?:${pattern})$`, pattern) : checked;
  const names = checked.namedGroups() as NamedGroups;
  return new Compiled(pattern, { re2, names, ...compileNative(pattern, fullMatch) });
}

type NamedGroups = { readonly [name: string]: number };

function compileRe2(text: string, pattern: string): RE2JS {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^error parsing regexp: /, '') : 'not valid';
    throw new RegexError(`invalid regular expression: ${reason}`, pattern);
  }
  if (compiled.programSize() > maxProgram) throw new RegexError('the regular expression is too large', pattern);
  return compiled;
}

/** V8's programs for testing and for finding groups; null where it may not run the pattern. */
interface Native {
  readonly tester: RegExp | null;
  readonly finder: RegExp | null;
}

function compileNative(pattern: string, fullMatch: boolean): Native {
  const parsed = parseSubset(pattern);
  if (parsed === null) return { tester: null, finder: null };
  const start = parsed.start || fullMatch;
  const end = parsed.end || fullMatch;
  // V8 searches such a pattern from the end and misses matches there, as /(?:a|[^b])$/u does in '😀'.
  if (end && !start && hasAstral(parsed.body)) return { tester: null, finder: null };
  if (!isLinear(parsed.body, start, end)) return { tester: null, finder: null };
  const source = toJsSource({ body: parsed.body, start, end });
  return {
    tester: new RegExp(source, 'u'),
    finder: hasRepeatedCapture(parsed.body) ? null : new RegExp(source, 'ug'),
  };
}

class Compiled implements SafeRegex {
  readonly pattern: string;
  readonly native: boolean;
  readonly #re2: RE2JS;
  readonly #names: NamedGroups;
  readonly #tester: RegExp | null;
  readonly #finder: RegExp | null;

  constructor(pattern: string, parts: Native & { readonly re2: RE2JS; readonly names: NamedGroups }) {
    this.pattern = pattern;
    this.native = parts.tester !== null;
    this.#re2 = parts.re2;
    this.#names = parts.names;
    this.#tester = parts.tester;
    this.#finder = parts.finder;
  }

  test(input: string): boolean {
    if (this.#tester !== null && input.length <= maxNativeInput) return this.#tester.test(input);
    return this.#re2.test(input);
  }

  exec(input: string, from = 0): RegexMatch | null {
    if (this.#finder !== null && input.length <= maxNativeInput) {
      this.#finder.lastIndex = from;
      const found = this.#finder.exec(input);
      return found === null ? null : { index: found.index, end: found.index + found[0].length, groups: [...found] };
    }
    const matcher = this.#re2.matcher(input);
    if (!matcher.find(from)) return null;
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? undefined);
    return { index: matcher.start(), end: matcher.end(), groups };
  }

  replace(input: string, replacement: string, all = false): string {
    let output = '';
    let from = 0;
    let copied = 0;
    while (from <= input.length) {
      const match = this.exec(input, from);
      if (match === null) break;
      output += input.slice(copied, match.index) + this.#expand(replacement, match.groups);
      copied = match.end;
      if (!all) break;
      // An empty match moves on by one whole code point.
      from = match.end > match.index ? match.end : match.end + ((input.codePointAt(match.end) ?? 0) > 0xffff ? 2 : 1);
    }
    return output + input.slice(copied);
  }

  #expand(replacement: string, groups: readonly (string | undefined)[]): string {
    if (!replacement.includes('$')) return replacement;
    return replacement.replaceAll(/\$(?:\$|\{([^}]*)\}|(\w+))/g, (_whole, braced?: string, bare?: string) => {
      const name = braced ?? bare;
      if (name === undefined) return '$';
      const index = /^\d+$/.test(name) ? Number(name) : this.#names[name];
      return (index === undefined ? undefined : groups[index]) ?? '';
    });
  }
}
