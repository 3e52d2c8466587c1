import type { Expression } from '../model.ts';
import type { EntityJson, NamedPolicy } from './cedar-json.ts';

/** Who may do what. Both must allow: the rules, and the Cedar policies where there are any. */
export interface AuthorizationSpec {
  readonly rules: readonly AuthorizationRule[];
  readonly cedar?: CedarSpec;
}

/** One rule over CEL: requests are allowed when an `allow` holds, refused when a `deny` holds or a `require` does not. */
export interface AuthorizationRule {
  readonly kind: 'allow' | 'deny' | 'require';
  readonly condition: Expression;
}

/** Cedar policies, parsed and checked against the schema by the loader. */
export interface CedarSpec {
  readonly policies: readonly NamedPolicy[];
  /** Those of the configuration, and the groups of actions that the schema has. */
  readonly entities: readonly EntityJson[];
  /** Claims that name groups and roles of a principal; a path where they are within others. */
  readonly groupClaims: readonly (readonly string[])[];
  readonly roleClaims: readonly (readonly string[])[];
}
