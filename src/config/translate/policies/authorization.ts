import type { AuthorizationRule, AuthorizationSpec } from '../../../model/policies/authorization.ts';
import type { Authorization } from '../../schema/authorization.ts';
import type { Rule } from '../../schema/common.ts';
import type { Context, Path } from '../context.ts';
import { condition, type Moment } from '../expressions.ts';
import { cedar } from './cedar.ts';

/** `authorization`. */
export function authorization(context: Context, path: Path, config: Authorization): AuthorizationSpec {
  const rules = authorizationRules(context, [...path, 'rules'], config.rules ?? [], 'request');
  const policies = config.cedar === undefined ? undefined : cedar(context, [...path, 'cedar'], config.cedar);
  return { rules, ...(policies === undefined ? {} : { cedar: policies }) };
}

/** A list of rules: one that is text alone allows. */
export function authorizationRules(
  context: Context,
  path: Path,
  rules: readonly Rule[],
  moment: Moment,
): readonly AuthorizationRule[] {
  return rules.map((rule, index) => {
    const at: Path = [...path, index];
    if (typeof rule === 'string') return { kind: 'allow', condition: condition(context, at, rule, moment) };
    const { allow, deny, require } = rule;
    if (allow !== undefined) return { kind: 'allow', condition: condition(context, [...at, 'allow'], allow, moment) };
    if (deny !== undefined) return { kind: 'deny', condition: condition(context, [...at, 'deny'], deny, moment) };
    return { kind: 'require', condition: condition(context, [...at, 'require'], require, moment) };
  });
}
