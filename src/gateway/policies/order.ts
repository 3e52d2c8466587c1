import type { Conditional, PolicySpecs } from '../../model/policy.ts';
import { a2a } from './a2a/a2a.ts';
import { apiKey } from './api-key/api-key.ts';
import { authorization } from './authorization/authorization.ts';
import { basicAuth } from './basic-auth/basic-auth.ts';
import { buffer } from './buffer/buffer.ts';
import { compression } from './compression/compression.ts';
import { concurrency } from './concurrency/concurrency.ts';
import { cors } from './cors/cors.ts';
import { csrf } from './csrf/csrf.ts';
import { delay } from './delay/delay.ts';
import { directResponse } from './direct-response/direct-response.ts';
import { requestHeaderModifier, responseHeaderModifier } from './headers/headers.ts';
import { extAuthz } from './ext-authz/ext-authz.ts';
import { extProc } from './ext-proc/ext-proc.ts';
import { ipAccess } from './ip-access/ip-access.ts';
import { introspection } from './introspection/introspection.ts';
import { jwtAuth } from './jwt-auth/jwt-auth.ts';
import { localRateLimit } from './local-rate-limit/local-rate-limit.ts';
import { mcpAuthentication } from './mcp-authentication/mcp-authentication.ts';
import { remoteRateLimit } from './remote-rate-limit/remote-rate-limit.ts';
import { requestMirror } from './mirror/mirror.ts';
import { oidc } from './oidc/oidc.ts';
import type { ConditionalPolicyFactory, Policy, PolicyContext, PolicyFactory } from './policy.ts';
import { requestRedirect } from './redirect/redirect.ts';
import { retry } from './retry/retry.ts';
import { securityHeaders } from './security-headers/security-headers.ts';
import { timeout } from './timeout/timeout.ts';
import { transformations } from './transformations/transformations.ts';
import { urlRewrite } from './url-rewrite/url-rewrite.ts';
import { compileVariants } from './variants.ts';

/** When policies run: before a route is looked for, or after. */
export type PolicyPhase = 'gateway' | 'route';

/** A factory with its kind's spec type closed over: merges and compiles what the levels say of it, or gives null. */
type Step = (levels: readonly PolicySpecs[], context: PolicyContext) => Policy | null;

function step<K extends keyof PolicySpecs>(factory: PolicyFactory<K> | ConditionalPolicyFactory<K>): Step {
  return (levels, context) => {
    const specs: NonNullable<PolicySpecs[K]>[] = [];
    for (const level of levels) {
      const spec = level[factory.kind];
      if (spec !== undefined) specs.push(spec);
    }
    const last = specs.at(-1);
    if (last === undefined) return null;
    if (factory.conditional === true) {
      // What the factory compiles is the type of the variants in its spec.
      const variants = last as Conditional<Parameters<typeof factory.compile>[0]>;
      return compileVariants(factory, variants, context);
    }
    const { merge } = factory;
    // Before a route is looked for, the most specific level stands alone (agentgateway §1.6).
    return factory.compile(merge === undefined || context.phase === 'gateway' ? last : merge(specs), context);
  };
}

/** Policies that run before a route is looked for, in order; the one list of it. */
const gatewayOrder: readonly Step[] = [
  // Before whatever may refuse: a browser shows its page an error only with these fields, and preflights have no credential.
  step(cors),
  // After cors, whose preflights carry no cookies, and before every other way to prove oneself (agentgateway §1.6).
  step(oidc),
  // After oidc, whose browsers have no token to show; the costliest checks are done for those who came so far.
  step(jwtAuth),
  // After jwtAuth, which needs to ask nobody about a token that it knows.
  step(introspection),
  step(basicAuth),
  step(apiKey),
  // After authentication, so that the service hears who asks, and before whatever uses what it says.
  step(extAuthz),
  // After everything that finds out who asks, and before whatever costs or changes something.
  step(authorization),
  // After whatever refuses, so that only what is served is processed.
  step(extProc),
  // Last, so that the route is looked for with what they made of the request.
  step(transformations),
];

/** Route-phase policies in the order in which they run; the one list of it. */
const routeOrder: readonly Step[] = [
  // First, so that the limit covers everything after it, waiting included.
  step(timeout),
  // Who is not served at all costs nothing more.
  step(ipAccess),
  // Before whatever may refuse: a browser shows its page an error only with these fields, and preflights have no credential.
  step(cors),
  // After cors, whose preflights carry no cookies, and before every other way to prove oneself (agentgateway §1.6).
  step(oidc),
  // Before what may refuse: it tells those without a token where to get one.
  step(mcpAuthentication),
  // After oidc, whose browsers have no token to show; the costliest checks are done for those who came so far.
  step(jwtAuth),
  // After jwtAuth, which needs to ask nobody about a token that it knows.
  step(introspection),
  step(basicAuth),
  step(apiKey),
  // After authentication, so that nobody's body is read who is not let in, and before whatever asks what is in it.
  step(a2a),
  // After authentication, so that the service hears who asks, and before whatever uses what it says.
  step(extAuthz),
  // After everything that finds out who asks, and before whatever costs or changes something.
  step(authorization),
  // Before anything reads the body: a false precondition saves keeping it.
  step(retry),
  // After whatever refuses for other reasons, so that what is refused takes no place and spends nothing; first, because
  // who waits here has not been counted yet.
  step(concurrency),
  // As late as agentgateway has it (§1.6).
  step(localRateLimit),
  // After what is counted here, which costs no question.
  step(remoteRateLimit),
  // Before the policies that change the request, so that they see a body that is whole.
  step(buffer),
  // After the limits of the body that it is shown, and before transformations, which may use what it says.
  step(extProc),
  // After authentication, whose facts they may name, and before the fixed changes, as in agentgateway.
  step(transformations),
  // As late as agentgateway has it: Host may be one that a transformation set.
  step(csrf),
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
  // What the answer says itself, changed fields included, comes first.
  step(securityHeaders),
  // Nearest to the client: all others see bodies that are not compressed.
  step(compression),
];

const orders: Readonly<Record<PolicyPhase, readonly Step[]>> = { gateway: gatewayOrder, route: routeOrder };

/**
 * Merges the levels of policies of one phase, least specific first, and compiles what is left, in order.
 * Per kind the most specific level wins unless the policy merges otherwise (agentgateway §1.6).
 */
export function compilePolicies(levels: readonly PolicySpecs[], context: PolicyContext): Policy[] {
  return orders[context.phase].map((compile) => compile(levels, context)).filter((policy) => policy !== null);
}
