import type { HelperTarget } from '../../model/policies/helper.ts';
import { backendPolicies } from './backend-policies.ts';
import type { Context, Path } from './context.ts';
import { helperTargetWith, type HelperConfig } from './helper-place.ts';

/** The service that a policy asks; undefined where it cannot be, which is reported. */
export function helperTarget(context: Context, path: Path, config: HelperConfig): HelperTarget | undefined {
  return helperTargetWith(context, path, config, (at, policies) => backendPolicies(context, at, policies));
}
