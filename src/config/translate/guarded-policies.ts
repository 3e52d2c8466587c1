import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { BackendPolicies } from '../schema/backend-policies.ts';
import { backendPolicies } from './backend-policies.ts';
import type { Context, Path } from './context.ts';
import { authorization, authorizationRules } from './policies/authorization.ts';
import { extAuthz } from './policies/ext-authz.ts';
import { transformations } from './policies/transformations.ts';

/** {@link backendPolicies} of a whole backend, which may refuse and change requests, and ask services of its own. */
export function guardedPolicies(context: Context, path: Path, config: BackendPolicies | undefined): BackendPolicySpecs {
  const specs = backendPolicies(context, path, config);
  if (config === undefined) return specs;
  const guard = config.extAuthz === undefined ? undefined : extAuthz(context, [...path, 'extAuthz'], config.extAuthz);
  return {
    ...specs,
    ...(config.a2a === undefined ? {} : { a2a: true }),
    ...(config.authorization === undefined
      ? {}
      : { authorization: authorization(context, [...path, 'authorization'], config.authorization) }),
    ...(config.authorization?.cedar === undefined ? {} : { cedar: true }),
    ...(config.mcpAuthorization === undefined
      ? {}
      : {
          mcpAuthorization: authorizationRules(
            context,
            [...path, 'mcpAuthorization', 'rules'],
            config.mcpAuthorization.rules,
            'mcp',
          ),
        }),
    ...(guard === undefined ? {} : { extAuthz: guard }),
    ...(config.transformations === undefined
      ? {}
      : { transformations: transformations(context, [...path, 'transformations'], config.transformations) }),
  };
}
