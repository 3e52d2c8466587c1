import { GatewayError } from '../../base/errors.ts';
import type { AuthorizationRule } from '../../model/policies/authorization.ts';
import { RuleFailures } from '../authorization/rule-failures.ts';
import { compileRules } from '../authorization/rule-set.ts';
import type { PolicyContext } from '../policies/policy.ts';
import type { BackendGuard } from './guarded.ts';

/** Refuses requests that the rules of a backend, those of all levels together, do not allow. */
export function backendRules(
  rules: readonly AuthorizationRule[],
  { expressions, log, metrics, place }: Pick<PolicyContext, 'expressions' | 'log' | 'metrics' | 'place'>,
): BackendGuard {
  const counter = metrics.policyExpressionErrors.with('authorization');
  const decide = compileRules(rules, expressions, 'request', new RuleFailures(log, counter, 'authorization', place));
  return {
    policy: {
      kind: 'authorization',
      request: function authorizeBackend(x) {
        const decision = decide(x.attributes());
        if (decision.allowed) return undefined;
        x.record.decided('deny', decision.rule === '' ? 'no rule allows it' : decision.rule);
        throw new GatewayError(
          'authorizationFailed',
          'the authorization rules of this backend do not allow this request',
        );
      },
      response: null,
    },
  };
}
