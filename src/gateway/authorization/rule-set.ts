import type { CelErrorValue } from '../../expr/cel/errors.ts';
import type { Activation } from '../../expr/cel/frame.ts';
import type { AuthorizationRule } from '../../model/policies/authorization.ts';
import type { ExpressionPlace, Expressions } from '../attributes/expressions.ts';
import type { RuleFailures } from './rule-failures.ts';

/** What a rule set says. Decisions are made once, at compile time; nothing is allocated for one. */
export interface Decision {
  readonly allowed: boolean;
  /** The rule that decided, `deny 2` being the second of all rules; '' when none did: nothing forbids, or nothing allows. */
  readonly rule: string;
}

/** What decided, as the log names it. */
export function decider({ rule }: Decision): string {
  return rule === '' ? 'no rule allows it' : rule;
}

/** A rule, ready to run. */
interface Rule {
  readonly test: (attributes: Activation) => boolean | CelErrorValue;
  readonly decision: Decision;
  readonly failed: (error: CelErrorValue) => void;
  /** It is about something else: that it fails says nothing. */
  readonly elsewhere: boolean;
}

const open: Decision = { allowed: true, rule: '' };
const shut: Decision = { allowed: false, rule: '' };

/**
 * Rules as agentgateway §5 has them, for the rules of all levels together: a `deny` that holds refuses; then every
 * `require` must hold; then one `allow` must hold, if there are any. No rules: allowed. Unlike there, errors are closed:
 * a `deny` that fails refuses, an `allow` that fails does not allow, a `require` that fails does not hold.
 *
 * @param place Where the rules stand, which decides the variables that they may name.
 * @param failures Told of every rule that fails.
 * @param isElsewhere Whether a rule that names these attributes is about something else than what is decided: where it
 *   fails, it does not hold, and nobody is told.
 */
export function compileRules(
  rules: readonly AuthorizationRule[],
  expressions: Expressions,
  place: ExpressionPlace,
  failures: RuleFailures,
  isElsewhere: (references: ReadonlySet<string>) => boolean = () => false,
): (attributes: Activation) => Decision {
  const ofKind = (kind: AuthorizationRule['kind']): Rule[] =>
    rules.flatMap((rule, index) => {
      if (rule.kind !== kind) return [];
      const { test, references } = expressions.test(rule.condition, place);
      const name = `${kind} ${index + 1}`;
      const failed = failures.reporter({ rule: name, effect: effects[kind], reads: [...references].join(', ') });
      return [
        { test, failed, elsewhere: isElsewhere(references), decision: { allowed: kind === 'allow', rule: name } },
      ];
    });
  const denials = ofKind('deny');
  const requirements = ofKind('require');
  const permissions = ofKind('allow');
  const otherwise = permissions.length === 0 ? open : shut;
  return function decide(attributes) {
    for (const { test, failed, decision, elsewhere } of denials) {
      const result = test(attributes);
      if (result === false || (result !== true && elsewhere)) continue;
      if (result !== true) failed(result);
      return decision;
    }
    for (const { test, failed, decision, elsewhere } of requirements) {
      const result = test(attributes);
      if (result === true) continue;
      if (result !== false && !elsewhere) failed(result);
      return decision;
    }
    for (const { test, failed, decision, elsewhere } of permissions) {
      const result = test(attributes);
      if (result === true) return decision;
      if (result !== false && !elsewhere) failed(result);
    }
    return otherwise;
  };
}

const effects: Readonly<Record<AuthorizationRule['kind'], string>> = {
  deny: 'the request is refused',
  require: 'the request is refused',
  allow: 'the rule does not allow it',
};
