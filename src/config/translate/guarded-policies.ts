import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { BackendPolicies } from '../schema/backend-policies.ts';
import { backendPolicies } from './backend-policies.ts';
import type { Context, Path } from './context.ts';
import { extAuthz } from './policies/ext-authz.ts';

/** {@link backendPolicies} of a whole backend, which may ask services of its own. */
export function guardedPolicies(context: Context, path: Path, config: BackendPolicies | undefined): BackendPolicySpecs {
  const specs = backendPolicies(context, path, config);
  if (config?.extAuthz === undefined) return specs;
  const guard = extAuthz(context, [...path, 'extAuthz'], config.extAuthz);
  return guard === undefined ? specs : { ...specs, extAuthz: guard };
}
