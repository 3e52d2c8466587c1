/** A model name as configuration writes it: exact, `prefix*`, `*suffix` or `*`. */
export interface NamePattern {
  readonly text: string;
  /** Characters that must match literally; the more, the more specific. */
  readonly literal: number;
  readonly exact: boolean;
  matches(name: string): boolean;
}

/** Compiles a pattern. A `*` elsewhere than at one end is a plain character. */
export function compileNamePattern(text: string): NamePattern {
  if (text === '*') return { text, literal: 0, exact: false, matches: () => true };
  if (text.endsWith('*')) {
    const prefix = text.slice(0, -1);
    return { text, literal: prefix.length, exact: false, matches: (name) => name.startsWith(prefix) };
  }
  if (text.startsWith('*')) {
    const suffix = text.slice(1);
    return { text, literal: suffix.length, exact: false, matches: (name) => name.endsWith(suffix) };
  }
  return { text, literal: text.length, exact: true, matches: (name) => name === text };
}

/** Orders the most specific first: exact names, then the longer literal; equals keep their order. */
export function bySpecificity(a: NamePattern, b: NamePattern): number {
  if (a.exact !== b.exact) return a.exact ? -1 : 1;
  return b.literal - a.literal;
}
