import { compileRegex } from '../../expr/regex/safe-regex.ts';
import type { ValueMatch } from '../../model/route.ts';

/** A compiled header or query test. */
export interface ValueTest {
  readonly name: string;
  test(value: string): boolean;
}

/** Compiles a match; a regex must match the whole value (agentgateway §1.2). Throws RegexError for a bad pattern. */
export function compileValueMatch(match: ValueMatch): ValueTest {
  if (match.kind === 'exact') {
    const wanted = match.value;
    return { name: match.name, test: (value) => value === wanted };
  }
  const regex = compileRegex(match.value, { fullMatch: true });
  return { name: match.name, test: (value) => regex.test(value) };
}
