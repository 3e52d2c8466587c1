import type { Logger } from '../../base/logger.ts';
import type { AuthorizationSpec } from '../../model/policies/authorization.ts';
import type { Metrics } from '../../telemetry/metrics/names.ts';
import type { Expressions } from '../attributes/expressions.ts';
import type { Exchange } from '../exchange.ts';
import type { Authorizer } from './authorizer.ts';
import { CedarAuthorizer } from './cedar/cedar-authorizer.ts';
import { RuleFailures } from './rule-failures.ts';
import { compileRules, type Decision } from './rule-set.ts';

/** What one place of the configuration lets clients do. Both must allow. */
export interface PlaceAuthorization {
  /** Null: it has no rules. */
  readonly rules: ((x: Exchange) => Decision) | null;
  /** Null: it has no Cedar policies. */
  readonly cedar: Authorizer | null;
}

/** What compiling needs of the place. */
export interface AuthorizationContext {
  readonly expressions: Expressions;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'policyExpressionErrors'>;
  /** As messages name it, and other workers. */
  readonly place: string;
}

/** Compiles rules and policies. Throws CelError for a bad expression. */
export function compileAuthorization(
  { rules, cedar }: AuthorizationSpec,
  { expressions, log, metrics, place }: AuthorizationContext,
): PlaceAuthorization {
  return { rules: rules.length === 0 ? null : byRules(), cedar: cedar === undefined ? null : byCedar(cedar) };

  function byRules(): (x: Exchange) => Decision {
    const counter = metrics.policyExpressionErrors.with('authorization');
    const decide = compileRules(rules, expressions, 'request', new RuleFailures(log, counter, 'authorization', place));
    return (x) => decide(x.attributes());
  }

  function byCedar(spec: NonNullable<typeof cedar>): Authorizer {
    return new CedarAuthorizer(spec, place, log, metrics.policyExpressionErrors.with('authorization.cedar'));
  }
}
