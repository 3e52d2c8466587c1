import { z } from 'zod';
import type { Schema } from './node.ts';

/** What went wrong at one place of the configuration; carried through zod as the `params` of a custom issue. */
export type Problem =
  | { readonly problem: 'type'; readonly expected: string; readonly hint?: string }
  | {
      readonly problem: 'value';
      readonly expected: string;
      readonly why?: string;
      readonly choices?: readonly string[];
    }
  | { readonly problem: 'missing'; readonly expected: string }
  | { readonly problem: 'unknownKey'; readonly choices: readonly string[] }
  | { readonly problem: 'oneOf'; readonly expected: string; readonly found: readonly string[] }
  | { readonly problem: 'conflict'; readonly why: string };

/** A {@link Problem} and where it is, relative to the value being checked. */
interface Located {
  readonly path: readonly (string | number)[];
  readonly problem: Problem;
}

/** Gathers the problems of one value. */
export type Report = (problem: Problem, path?: readonly (string | number)[]) => void;

const nothing: unique symbol = Symbol('nothing');

/** Returned by a check that reported a problem and so has no value. */
export const none: typeof nothing = nothing;

/** A zod schema from one function: it returns the output, or reports at least one problem and returns {@link none}. */
export function checked<T>(check: (value: unknown, report: Report) => T | typeof none): Schema<T> {
  return z.unknown().transform((value, context): T => {
    const result = check(value, (problem, path = []) => {
      context.issues.push({
        code: 'custom',
        input: undefined,
        path: [...path],
        message: summary(problem),
        params: problem,
      });
    });
    return result === none ? z.NEVER : result;
  });
}

/** Runs `schema` on a part of a value and reports its problems under `path`. */
export function check<T>(
  schema: Schema<T>,
  value: unknown,
  report: Report,
  path: readonly (string | number)[],
): T | typeof none {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const located of problemsOf(result.error)) report(located.problem, [...path, ...located.path]);
  return none;
}

/** The problems of a failed parse, in the order found. */
export function problemsOf(error: z.ZodError): readonly Located[] {
  return error.issues.map((issue) => ({
    path: issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
    problem:
      issue.code === 'custom' && isProblem(issue.params)
        ? issue.params
        : { problem: 'value', expected: 'another value', why: issue.message },
  }));
}

function isProblem(params: unknown): params is Problem {
  return typeof params === 'object' && params !== null && 'problem' in params;
}

/** One line about a problem, without the value found. */
export function summary(problem: Problem): string {
  switch (problem.problem) {
    case 'type':
    case 'missing':
      return `expected ${problem.expected}`;
    case 'value':
      return problem.why === undefined
        ? `expected ${problem.expected}`
        : `expected ${problem.expected}: ${problem.why}`;
    case 'unknownKey':
      return 'unknown field';
    case 'oneOf':
      return problem.found.length === 0
        ? `expected exactly one of ${problem.expected}; found none`
        : `expected exactly one of ${problem.expected}; found ${list(problem.found)}`;
    case 'conflict':
      return problem.why;
  }
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[], joint = 'and'): string {
  if (words.length <= 1) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${joint} ${words.at(-1)}`;
}

/** The JSON type of a value, as errors name it. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'object':
      return 'an object';
    case 'string':
      return 'text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'a boolean';
    default:
      return 'nothing';
  }
}
