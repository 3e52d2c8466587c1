import { GatewayError } from '../../../base/errors.ts';
import type { AuthorizationSpec, CedarSpec } from '../../../model/policies/authorization.ts';
import { noteDecision, notAllowed } from '../../authorization/authorize.ts';
import { CedarAuthorizer } from '../../authorization/cedar/cedar-authorizer.ts';
import { HttpResources, httpAction } from '../../authorization/http-resource.ts';
import { RuleFailures } from '../../authorization/rule-failures.ts';
import { compileRules } from '../../authorization/rule-set.ts';
import type { Exchange } from '../../exchange.ts';
import type { PolicyContext, PolicyFactory } from '../policy.ts';

/** Refuses requests that rules or Cedar policies do not allow; those of all levels count together. */
export const authorization: PolicyFactory<'authorization'> = {
  kind: 'authorization',
  merge: joinSpecs,
  compile(spec, context) {
    const byRules = spec.rules.length === 0 ? null : checkRules(spec, context);
    const byCedar = spec.cedar === undefined ? null : checkCedar(spec.cedar, context);
    return {
      kind: 'authorization',
      request: function authorizeRequest(x): undefined {
        byRules?.(x);
        byCedar?.(x);
      },
      response: null,
    };
  },
};

function checkRules(
  { rules }: AuthorizationSpec,
  { expressions, log, metrics, place }: PolicyContext,
): (x: Exchange) => void {
  const counter = metrics.policyExpressionErrors.with('authorization');
  const decide = compileRules(rules, expressions, 'request', new RuleFailures(log, counter, 'authorization', place));
  return (x) => {
    const { allowed, rule } = decide(x.attributes());
    if (allowed) return;
    x.record.decided('deny', rule === '' ? 'no rule allows it' : rule);
    throw new GatewayError('authorizationFailed', 'the authorization rules of this route do not allow this request');
  };
}

/**
 * What HTTP shows of a request is decided here. Where the backends know better what is asked for, a model or a tool, they
 * ask for the permit; what is forbidden already here ends here.
 */
function checkCedar(spec: CedarSpec, context: PolicyContext): (x: Exchange) => void {
  const { phase, log, metrics } = context;
  const counter = metrics.policyExpressionErrors.with('authorization.cedar');
  const { authorizers, name } = context;
  // One route may stand at several listeners; all workers compile them in the same order.
  const place = `${context.place} ${authorizers.size}`;
  const authorizer = new CedarAuthorizer(spec, { place, name }, log, counter);
  if (phase === 'route') authorizers.set(place, authorizer);
  const resources = new HttpResources();
  return (x) => {
    const later = phase === 'route' && x.route?.authorizes === true;
    if (phase === 'route') x.authorizer = authorizer;
    const action = httpAction(x);
    const resource = resources.of(x);
    const answer = authorizer.decide(x, action, resource);
    if (later && !answer.forbidden) return;
    noteDecision(x, action, answer);
    if (!answer.allowed) throw notAllowed(action, resource);
  };
}

/** Rules and policies of all levels as one set; what they say of one entity counts together. */
export function joinSpecs(levels: readonly AuthorizationSpec[]): AuthorizationSpec {
  const cedars = levels.map(({ cedar }) => cedar).filter((cedar) => cedar !== undefined);
  return {
    rules: levels.flatMap(({ rules }) => rules),
    ...(cedars.length === 0
      ? {}
      : {
          cedar: {
            policies: cedars.flatMap(({ policies }) => policies),
            entities: cedars.flatMap(({ entities }) => entities),
            groupClaims: cedars.flatMap(({ groupClaims }) => groupClaims),
            roleClaims: cedars.flatMap(({ roleClaims }) => roleClaims),
          },
        }),
  };
}
