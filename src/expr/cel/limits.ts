import { CelErrorValue } from './errors.ts';

/** Bounds that keep any expression, however hostile, from exhausting stack, memory or time. */
export interface CelLimits {
  /** Characters of an expression's text. */
  readonly sourceLength: number;
  /** Nesting of the syntax tree. */
  readonly depth: number;
  /** Syntax nodes after macros and custom functions are expanded. */
  readonly nodes: number;
  /** Work of one evaluation: comprehension steps, values compared, and data handled in units of 256 bytes. */
  readonly steps: number;
}

/** The limits that hold unless a caller gives others. */
export const defaultLimits: CelLimits = { sourceLength: 100_000, depth: 250, nodes: 20_000, steps: 1_000_000 };

/** Longest string (UTF-16 units), byte string (bytes) or list (elements) that an expression may build. */
export const maxSize: number = 8 * 1024 * 1024;

/** Values that one comparison, conversion or rendering may visit; bounds values that share structure exponentially. */
export const maxVisits = 1_000_000;

/** Nesting of a value that is compared, converted or rendered; JSON may be deeper than the stack is. */
export const maxNesting: number = 200;

/** The error for a value larger than {@link maxSize}. */
export const tooLarge: CelErrorValue = new CelErrorValue('limit', 'the value is larger than an expression may build');

/** The error for work beyond {@link maxVisits} or the limit of steps. */
export const tooMuchWork: CelErrorValue = new CelErrorValue('limit', 'the expression takes more steps than allowed');
