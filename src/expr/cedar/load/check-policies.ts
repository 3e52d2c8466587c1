import type { ValidationError } from '@cedar-policy/cedar-wasm/nodejs';
import type { CedarLibrary } from './library.ts';
import type { ParsedPolicy } from './parse-policies.ts';
import { problemOf, type CedarProblem } from './problem.ts';
import type { LoadedSchema } from './schema.ts';

/** What the schema has to say about policies. */
export interface Checked {
  /** What can never work: an unknown action or attribute, a type that does not fit. */
  readonly errors: readonly CedarProblem[];
  /** What is probably not meant: a policy that can never hold. */
  readonly warnings: readonly CedarProblem[];
}

/** Checks the policies of one text against a schema (Cedar's strict validation). */
export function checkPolicies(
  library: CedarLibrary,
  policies: readonly ParsedPolicy[],
  { text }: LoadedSchema,
): Checked {
  const answer = library.validate({
    schema: text,
    policies: { staticPolicies: Object.fromEntries(policies.map((policy, index) => [String(index), policy.text])) },
  });
  if (answer.type === 'failure') {
    return { errors: answer.errors.map(({ message }) => ({ message, offset: 0 })), warnings: [] };
  }
  const placed = ({ policyId, error }: ValidationError): CedarProblem => {
    const policy = policies[Number(policyId)];
    const problem = problemOf(error, policy?.text ?? '', policy?.offset ?? 0);
    return { ...problem, message: `${problem.message}${hint(problem.message)}` };
  };
  const errors = answer.validationErrors.map(placed);
  const failed = new Set(answer.validationErrors.map(({ policyId }) => policyId));
  // What makes a policy wrong often makes it impossible, too.
  const warnings = answer.validationWarnings.filter(({ policyId }) => !failed.has(policyId)).map(placed);
  return { errors: inOrder(errors), warnings: inOrder(warnings) };
}

/** Records that Waygate's schema leaves empty, by their attribute: a configuration says what is in them. */
const openTypes: Readonly<Record<string, string>> = {
  claims: 'Claims',
  headers: 'Headers',
  arguments: 'ToolArguments',
  metadata: 'Metadata',
};

function hint(message: string): string {
  const [, record = '', name = '', quoted = ''] =
    /attribute `(?:\w+\.)*(\w+)(?:\.(\w+)|\["([^"]+)"\])`.* not found/.exec(message) ?? [];
  const type = Object.hasOwn(openTypes, record) ? openTypes[record] : undefined;
  if (type === undefined) return '';
  const declared = type === 'Metadata' && message.includes('`ApiKey`') ? 'KeyMetadata' : type;
  return `${declares}type ${declared} = { ${name === '' ? JSON.stringify(quoted) : name}?: String };`;
}

const declares = '; declare it in the schema: ';

/** One problem for each place: the same is wrong there for one action or type after another. */
function inOrder(problems: readonly CedarProblem[]): readonly CedarProblem[] {
  const found = new Map<number, CedarProblem>();
  for (const problem of problems.toSorted((a, b) => (a.message < b.message ? -1 : 1))) {
    const first = found.get(problem.offset);
    if (first === undefined || (problem.message.includes(declares) && !first.message.includes(declares))) {
      found.set(problem.offset, problem);
    }
  }
  return [...found.values()].toSorted((a, b) => a.offset - b.offset);
}
