import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { Question } from './arbitraries.ts';
import { compileQuestion } from './ask.ts';

/** An answer to a {@link Question}, lists sorted. */
export interface Outcome {
  readonly allowed: boolean;
  readonly determining: readonly string[];
  readonly errors: readonly string[];
}

/** What Cedar itself answers. */
export function oracle({ policies, entities, principal, action, resource, context }: Question): Outcome {
  const answer = cedar.isAuthorized({
    principal,
    action,
    resource,
    context: context as cedar.Context,
    entities: entities as unknown as cedar.Entities,
    policies: {
      staticPolicies: Object.fromEntries(policies.map((json, index) => [`p${index}`, json as unknown as cedar.Policy])),
    },
  });
  if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
  const { decision, diagnostics } = answer.response;
  return {
    allowed: decision === 'allow',
    determining: diagnostics.reason.toSorted(),
    errors: diagnostics.errors.map(({ policyId }) => policyId).toSorted(),
  };
}

/** What the engine answers. */
export function engine(asked: Question): Outcome {
  const { policies, request } = compileQuestion(asked);
  const { allowed, determining, errors } = policies.decide(request);
  return { allowed, determining: determining.toSorted(), errors: errors.map(({ id }) => id).toSorted() };
}
