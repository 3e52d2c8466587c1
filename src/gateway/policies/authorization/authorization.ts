import { GatewayError } from '../../../base/errors.ts';
import type { AuthorizationSpec } from '../../../model/policies/authorization.ts';
import { RuleFailures } from '../../authorization/rule-failures.ts';
import { compileRules } from '../../authorization/rule-set.ts';
import type { PolicyFactory } from '../policy.ts';

/** Refuses requests that rules do not allow; the rules of all levels count together. */
export const authorization: PolicyFactory<'authorization'> = {
  kind: 'authorization',
  merge: joinSpecs,
  compile({ rules }, { expressions, log, metrics, place }) {
    const counter = metrics.policyExpressionErrors.with('authorization');
    const decide = compileRules(rules, expressions, 'request', new RuleFailures(log, counter, 'authorization', place));
    return {
      kind: 'authorization',
      request: function authorize(x) {
        const decision = decide(x.attributes());
        if (decision.allowed) return undefined;
        x.record.decided('deny', decision.rule === '' ? 'no rule allows it' : decision.rule);
        throw new GatewayError(
          'authorizationFailed',
          'the authorization rules of this route do not allow this request',
        );
      },
      response: null,
    };
  },
};

/** Rules of all levels as one set. */
export function joinSpecs(levels: readonly AuthorizationSpec[]): AuthorizationSpec {
  return { rules: levels.flatMap(({ rules }) => rules) };
}
