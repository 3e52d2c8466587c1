import { list, typeName, type Problem } from '../schema/kit/issue.ts';
import { nearest } from '../schema/kit/nearest.ts';

/** What an error says, apart from where. */
export interface Explanation {
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  /** The valid name that was probably meant. */
  readonly suggestion?: string;
}

/** What was found at the place of a problem. */
export interface Found {
  readonly value: unknown;
  /** The key that the value stands under. */
  readonly key: string | number | undefined;
  /** Neither the value nor a part of it may be shown. */
  readonly secret: boolean;
  /** The text before expansion, when a variable had a part in the value. */
  readonly from: string | undefined;
}

/** Words for a problem. Values marked as secret, and what came from variables, are not shown. */
export function explain(problem: Problem, found: Found): Explanation {
  switch (problem.problem) {
    case 'missing':
      return { message: `missing field ${problem.expected}`, expected: problem.expected };
    case 'conflict':
      return { message: problem.why };
    case 'unknownKey':
      return unknownKey(String(found.key ?? ''), problem.choices);
    case 'oneOf': {
      const seen = problem.found.length === 0 ? 'none' : list(problem.found);
      const message = `expected exactly one of ${problem.expected}; found ${seen}`;
      return { message, expected: `exactly one of ${problem.expected}`, found: seen };
    }
    case 'type':
    case 'value':
      return wrongValue(problem, found);
  }
}

function wrongValue(problem: Extract<Problem, { problem: 'type' | 'value' }>, found: Found): Explanation {
  const seen = show(found);
  const parts = [`expected ${problem.expected}`, `found ${seen}`];
  let suggestion: string | undefined;
  if (problem.problem === 'value') {
    if (problem.why !== undefined && !found.secret) parts.push(problem.why);
    if (problem.choices !== undefined && typeof found.value === 'string' && !found.secret) {
      suggestion = nearest(found.value, problem.choices);
      if (suggestion !== undefined) parts.push(`did you mean ${suggestion}?`);
    }
  } else if (problem.hint !== undefined) parts.push(problem.hint);
  return {
    message: parts.join('; '),
    expected: problem.expected,
    found: seen,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function unknownKey(key: string, choices: readonly string[]): Explanation {
  const suggestion = nearest(key, choices);
  const shown = JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key);
  if (suggestion !== undefined)
    return { message: `unknown field ${shown}; did you mean ${suggestion}?`, found: key, suggestion };
  if (choices.length === 0) return { message: `unknown field ${shown}; no fields are allowed here`, found: key };
  const few = choices.length <= 12 ? list(choices) : `${choices.slice(0, 12).join(', ')}, …`;
  return { message: `unknown field ${shown}; the fields are ${few}`, expected: few, found: key };
}

function show({ value, secret, from }: Found): string {
  if (secret || typeof value === 'object') return typeName(value);
  if (from !== undefined) return `${typeName(value)} from ${JSON.stringify(from)}`;
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return value === undefined ? 'nothing' : `${typeName(value)}, ${String(value as number | boolean)}`;
}
