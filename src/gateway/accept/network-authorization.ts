import type { AuthorizationRule } from '../../model/policies/authorization.ts';
import { RuleFailures } from '../authorization/rule-failures.ts';
import { compileRules } from '../authorization/rule-set.ts';
import { connectionActivation } from './connection-activation.ts';
import type { ConnectionCheck, NetworkContext } from './connection-checks.ts';

/** Serves only connections that the rules allow, by where they come from and go to; the others are closed. */
export function compileNetworkAuthorization(
  rules: readonly AuthorizationRule[],
  { expressions, log, metrics, place }: NetworkContext,
): ConnectionCheck {
  const counter = metrics.policyExpressionErrors.with('networkAuthorization');
  const failures = new RuleFailures(log, counter, 'networkAuthorization', place);
  const decide = compileRules(rules, expressions, 'connection', failures);
  return (connection) => decide(connectionActivation(connection)).allowed;
}
