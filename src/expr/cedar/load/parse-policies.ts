import { CedarError } from '../errors.ts';
import { PolicySet } from '../policy-set.ts';
import { EntityStore } from '../entities.ts';
import type { PolicyJson } from '../../../model/policies/cedar-json.ts';
import type { CedarLibrary } from './library.ts';
import { problemOf, type CedarProblem } from './problem.ts';

/** A policy of a text. */
export interface ParsedPolicy {
  /** Its `@id`, or null. */
  readonly id: string | null;
  readonly json: PolicyJson;
  readonly text: string;
  /** Where it begins, in UTF-16 units. */
  readonly offset: number;
}

/** The policies of a text, or what is wrong with it. */
export type ParsedPolicies =
  | { readonly policies: readonly ParsedPolicy[] }
  | { readonly problems: readonly CedarProblem[] };

/** Reads the policies of a text, in their order. Templates are refused: nothing could link them. */
export function parsePolicies(library: CedarLibrary, text: string): ParsedPolicies {
  const bare = withoutComments(text);
  const parts = library.policySetTextToParts(bare);
  // Only the other function says where an error is.
  const parsed = library.checkParsePolicySet({ staticPolicies: bare });
  if (parts.type === 'failure') {
    const errors = parsed.type === 'failure' ? parsed.errors : parts.errors;
    return { problems: errors.map((error) => problemOf(error, bare)) };
  }
  const [template] = parts.policy_templates;
  if (template !== undefined) {
    const message = 'this policy has a slot, and there is nothing to fill it: write one policy for each value';
    return { problems: [{ message, offset: Math.max(0, bare.indexOf(template)) }] };
  }
  const policies: ParsedPolicy[] = [];
  const problems: CedarProblem[] = [];
  const places = new Map<string, number>();
  for (const part of parts.policies) {
    const offset = bare.indexOf(part, places.get(part) ?? 0);
    places.set(part, offset + part.length);
    const answer = library.policyToJson(part);
    if (answer.type === 'failure') {
      problems.push(...answer.errors.map((error) => problemOf(error, part, offset)));
      continue;
    }
    // The types of the library are those of its format, written down another way.
    const json = answer.json as unknown as PolicyJson;
    const problem = compiles(json);
    if (problem !== null) problems.push({ message: problem, offset });
    policies.push({ id: json.annotations?.['id'] ?? null, json, text: part, offset });
  }
  return problems.length > 0 ? { problems } : { policies: policies.toSorted((a, b) => a.offset - b.offset) };
}

/** What cannot be compiled, which is found here, not when the configuration is put in force. */
function compiles(json: PolicyJson): string | null {
  try {
    new PolicySet([{ id: '', json }], new EntityStore([]));
    return null;
  } catch (error) {
    if (error instanceof CedarError) return error.message;
    throw error;
  }
}

/** The text with blanks in place of its comments, so that the place of everything else stays. */
export function withoutComments(text: string): string {
  return text.replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*/g, (part) =>
    part.startsWith('"') ? part : ' '.repeat(part.length),
  );
}
