import type { HelperTarget } from '../../model/policies/helper.ts';
import { backendPolicies } from './backend-policies.ts';
import type { Context, Path } from './context.ts';
import { helperTargetWith, type HelperConfig } from './helper-place.ts';
import type { Called } from './inner-transformations.ts';

/** The service that a policy asks; undefined where it cannot be, which is reported. @param called What it speaks. */
export function helperTarget(
  context: Context,
  path: Path,
  config: HelperConfig,
  called: Called = 'http',
): HelperTarget | undefined {
  return helperTargetWith(context, path, config, (at, policies) => backendPolicies(context, at, policies), called);
}
