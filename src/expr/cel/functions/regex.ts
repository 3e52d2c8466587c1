import { invalid } from '../errors.ts';
import type { Frame } from '../frame.ts';
import { maxSize, tooLarge, tooMuchWork } from '../limits.ts';
import { compileRegex, RegexError, type SafeRegex } from '../../regex/safe-regex.ts';
import * as t from '../types.ts';
import type { CelResult, CelValue } from '../values.ts';
import { BadConstant, global, member, overload, type Callable, type Implementation, type Overload } from './table.ts';

/** The compiled pattern of one place, or why it cannot be had; null when no steps are left to compile it. */
type Lookup = (pattern: string, frame: Frame) => SafeRegex | RegexError | null;

/** Steps that compiling a pattern counts as, so that a loop over patterns ends in time. */
const compileSteps = 100;

function tryCompile(pattern: string): SafeRegex | RegexError {
  try {
    return compileRegex(pattern);
  } catch (cause) {
    if (cause instanceof RegexError) return cause;
    throw cause;
  }
}

/** Compiles a constant pattern at load; otherwise keeps the last one, since patterns seldom change. */
function lookup(pattern: CelValue | undefined): Lookup {
  if (typeof pattern === 'string') {
    const compiled = tryCompile(pattern);
    if (compiled instanceof RegexError) throw new BadConstant(1, compiled.message);
    return () => compiled;
  }
  let lastPattern: string | null = null;
  let last: SafeRegex | RegexError | null = null;
  return (text, frame) => {
    if (last === null || text !== lastPattern) {
      frame.steps -= compileSteps;
      if (frame.steps < 0) return null;
      last = tryCompile(text);
      lastPattern = text;
    }
    return last;
  };
}

function matches(find: Lookup): Implementation {
  return (input: string, pattern: string, frame: Frame): CelResult => {
    const regex = find(pattern, frame);
    if (regex === null) return tooMuchWork;
    return regex instanceof RegexError ? invalid(regex.message) : regex.test(input);
  };
}

function replaceFirst(find: Lookup): Implementation {
  return (input: string, pattern: string, replacement: string, frame: Frame): CelResult => {
    const regex = find(pattern, frame);
    if (regex === null) return tooMuchWork;
    if (regex instanceof RegexError) return invalid(regex.message);
    const references = replacement.split('$').length - 1;
    if (references * input.length + replacement.length + input.length > 2 * maxSize) return tooLarge;
    return regex.replace(input, replacement);
  };
}

function withPattern(
  params: readonly t.CelType[],
  result: t.CelType,
  make: (find: Lookup) => Implementation,
): Overload {
  return {
    ...overload(params, result, make(tryCompile)),
    weight: 8,
    prepare: (constants) => make(lookup(constants[1])),
  };
}

const twoStrings = [t.string, t.string];

/** `matches` finds the pattern anywhere in the text; `regexReplace` replaces the first match. */
export const regexFunctions: readonly Callable[] = [
  global('matches', withPattern(twoStrings, t.bool, matches)),
  member('matches', withPattern(twoStrings, t.bool, matches)),
  member('regexReplace', withPattern([t.string, t.string, t.string], t.string, replaceFirst)),
];
