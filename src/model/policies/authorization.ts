import type { Expression } from '../model.ts';

/** One rule over CEL: requests are allowed when an `allow` holds, refused when a `deny` holds or a `require` does not. */
export interface AuthorizationRule {
  readonly kind: 'allow' | 'deny' | 'require';
  readonly condition: Expression;
}
