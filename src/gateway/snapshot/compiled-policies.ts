import type { Policy } from '../policies/policy.ts';

/** A request policy with its function known to be there. */
export type RequestPolicy = Policy & { readonly request: NonNullable<Policy['request']> };
/** A response policy with its function known to be there. */
export type ResponsePolicy = Policy & { readonly response: NonNullable<Policy['response']> };
/** A policy that may stand in the way of a response. */
export type StagePolicy = Policy & { readonly stage: NonNullable<Policy['stage']> };

/** The policies of one phase, by when they act; each list in the order of `policies/order.ts`. */
export interface CompiledPolicies {
  readonly request: readonly RequestPolicy[];
  readonly response: readonly ResponsePolicy[];
  /** Those of `response` that also see the gateway's own errors. */
  readonly errors: readonly ResponsePolicy[];
  /** Null where nothing stands in the way of responses. */
  readonly stages: readonly StagePolicy[] | null;
}

/** Sorts the policies of one phase by when they act. */
export function sortPolicies(policies: readonly Policy[]): CompiledPolicies {
  const responding = policies.filter((policy): policy is ResponsePolicy => policy.response !== null);
  const response = [false, true].flatMap((late) => responding.filter((policy) => (policy.late ?? false) === late));
  const staging = policies.filter((policy): policy is StagePolicy => policy.stage !== undefined);
  const stages = [false, true].flatMap((outer) => staging.filter((policy) => (policy.outer ?? false) === outer));
  return {
    request: policies.filter((policy): policy is RequestPolicy => policy.request !== null),
    response,
    errors: response.filter((policy) => policy.onErrors === true),
    stages: stages.length === 0 ? null : stages,
  };
}
