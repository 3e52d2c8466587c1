import type { HostBackend, InternalBackend } from '../../model/backend.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import { hostAt } from './address.ts';
import { report, type Context, type Path } from './context.ts';
import { systemTls } from './tls.ts';

/** A fixed upstream; an `https:` URL means TLS with the system's roots unless `backendTLS` says otherwise. */
export function hostBackend(
  context: Context,
  path: Path,
  text: string,
  name: string,
  policies: BackendPolicySpecs,
): HostBackend | undefined {
  const target = hostAt(context, path, text, { noPath: 'use urlRewrite.path to change the path' });
  if (target === undefined) return undefined;
  return {
    kind: 'host',
    name,
    address: target.address,
    policies: target.tls ? { backendTLS: systemTls, ...policies } : policies,
  };
}

/** The admin API: `forward` keeps the path of the request, anything else replaces it. */
export function internalBackend(
  context: Context,
  path: Path,
  config: string,
  name: string,
  policies: BackendPolicySpecs,
): InternalBackend {
  if (config === 'forward') return { kind: 'internal', name, policies };
  if (!config.startsWith('/')) report(context, path, 'expected forward, or a path that starts with /');
  return { kind: 'internal', name, path: config, policies };
}
