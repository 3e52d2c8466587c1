import type { HelperTarget } from '../../model/policies/helper.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { ServiceRef } from '../schema/common.ts';
import type { HelperPolicies } from '../schema/connect.ts';
import { hostAt } from './address.ts';
import { formatPath, useBackend, type Context, type Path } from './context.ts';
import { checkBackendChanges, innerTransformations, type Called } from './inner-transformations.ts';
import { systemTls } from './tls.ts';

/** How a file names a service that helps a policy. */
export interface HelperConfig {
  readonly host?: string | undefined;
  readonly backend?: string | undefined;
  readonly service?: ServiceRef | undefined;
  readonly policies?: HelperPolicies;
}

/**
 * The service that a policy asks; undefined where it cannot be, which is reported.
 *
 * @param policiesOf Translates the policies of its requests, which may have helpers themselves.
 * @param called What it speaks.
 */
export function helperTargetWith(
  context: Context,
  path: Path,
  config: HelperConfig,
  policiesOf: (path: Path, config: HelperPolicies) => BackendPolicySpecs,
  called: Called = 'http',
): HelperTarget | undefined {
  const at: Path = [...path, 'policies'];
  const { policies } = config;
  const own =
    policies === undefined
      ? {}
      : {
          ...policiesOf(at, policies),
          ...innerTransformations(context, [...at, 'transformations'], policies.transformations, called),
        };
  if (config.backend !== undefined) {
    const place: Path = [...path, 'backend'];
    const name = useBackend(context, place, config.backend, 'host');
    if (called === 'grpc') {
      context.whenNamed.push((named) =>
        checkBackendChanges(context, place, named.get(name)?.policies.transformations, 'grpc'),
      );
    }
    return { backend: { kind: 'named', name }, policies: own };
  }
  if (config.service !== undefined) {
    const service = context.serviceAt([...path, 'service'], config.service, formatPath(path));
    return service === undefined ? undefined : { backend: service, policies: own };
  }
  if (config.host === undefined) return undefined;
  const target = hostAt(context, [...path, 'host'], config.host, { noPath: 'the protocol decides it' });
  if (target === undefined) return undefined;
  return {
    backend: { kind: 'host', address: target.address },
    policies: target.tls ? { backendTLS: systemTls, ...own } : own,
  };
}
