import type { PolicySpecs } from '../../model/policy.ts';
import { buffer } from './buffer/buffer.ts';
import { delay } from './delay/delay.ts';
import { directResponse } from './direct-response/direct-response.ts';
import { requestHeaderModifier, responseHeaderModifier } from './headers/headers.ts';
import { requestMirror } from './mirror/mirror.ts';
import type { Policy, PolicyContext, PolicyFactory } from './policy.ts';
import { requestRedirect } from './redirect/redirect.ts';
import { retry } from './retry/retry.ts';
import { timeout } from './timeout/timeout.ts';
import { urlRewrite } from './url-rewrite/url-rewrite.ts';

/** A factory with its kind's spec type closed over: merges and compiles what the levels say of it, or gives null. */
type Step = (levels: readonly PolicySpecs[], context: PolicyContext) => Policy | null;

function step<K extends keyof PolicySpecs>(factory: PolicyFactory<K>): Step {
  return (levels, context) => {
    const specs: NonNullable<PolicySpecs[K]>[] = [];
    for (const level of levels) {
      const spec = level[factory.kind];
      if (spec !== undefined) specs.push(spec);
    }
    const last = specs.at(-1);
    if (last === undefined) return null;
    return factory.compile(factory.merge === undefined ? last : factory.merge(specs), context);
  };
}

/** Route-phase policies in the order in which they run; the one list of it. */
const routeOrder: readonly Step[] = [
  // First, so that the limit covers everything after it, waiting included.
  step(timeout),
  // Before anything reads the body: a false precondition saves keeping it.
  step(retry),
  // Before the policies that change the request, so that they see a body that is whole.
  step(buffer),
  // Fields before the URL: a rewrite may replace the authority that a field change set.
  step(requestHeaderModifier),
  // After matching and before the redirect, whose location is built from the rewritten URL.
  step(urlRewrite),
  step(requestRedirect),
  // The copies carry every change made so far.
  step(requestMirror),
  // Injected faults: late, so that a delayed request is one that would have been served.
  step(delay),
  step(directResponse),
  // Acts on responses only.
  step(responseHeaderModifier),
];

/**
 * Merges the levels of a route's policies, least specific first, and compiles what is left, in order.
 * Per kind the most specific level wins unless the policy merges otherwise (agentgateway §1.6).
 */
export function compilePolicies(levels: readonly PolicySpecs[], context: PolicyContext): Policy[] {
  return routeOrder.map((compile) => compile(levels, context)).filter((policy) => policy !== null);
}
