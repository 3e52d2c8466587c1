import type { BackendPolicySpecs, BackendTunnelSpec } from '../../model/policy.ts';
import type { HelperPolicies, Tunnel } from '../schema/connect.ts';
import { hostAt } from './address.ts';
import { report, useBackend, type Context, type Path } from './context.ts';
import { systemTls } from './tls.ts';

/**
 * A CONNECT proxy. One that is a named backend is filled in when all backends are known, with that backend's policies under
 * the ones here.
 *
 * @param policiesOf Translates the policies of the connection to it.
 */
export function backendTunnel(
  context: Context,
  path: Path,
  { proxy, policies }: Tunnel,
  policiesOf: (path: Path, config: HelperPolicies) => BackendPolicySpecs,
): BackendTunnelSpec | undefined {
  const at: Path = [...path, 'policies'];
  if (policies !== undefined) checkPolicies(context, at, policies);
  const own = policies === undefined ? {} : policiesOf(at, policies);
  if (proxy.backend !== undefined) {
    const where: Path = [...path, 'proxy', 'backend'];
    const name = useBackend(context, where, proxy.backend, 'host');
    const spec: BackendTunnelSpec = { proxy: { kind: 'tcp', host: '', port: 0 }, fields: new Map() };
    context.whenNamed.push((named) => {
      const backend = named.get(name);
      if (backend?.kind !== 'host') return;
      if (backend.policies.backendTunnel !== undefined) report(context, where, oneProxy);
      Object.assign(spec, tunnelSpec(context, where, backend.address, { ...backend.policies, ...own }));
    });
    return spec;
  }
  if (proxy.host === undefined) return undefined;
  const target = hostAt(context, [...path, 'proxy', 'host'], proxy.host, { noPath: 'a proxy has none' });
  if (target === undefined) return undefined;
  return tunnelSpec(context, at, target.address, target.tls ? { backendTLS: systemTls, ...own } : own);
}

const oneProxy = 'the proxy is reached directly: it cannot have backendTunnel itself';

function checkPolicies(
  context: Context,
  path: Path,
  { backendTunnel: further, http, transformations }: HelperPolicies,
): void {
  if (transformations !== undefined) {
    report(
      context,
      [...path, 'transformations'],
      'a CONNECT request is not changed by expressions: use requestHeaderModifier',
    );
  }
  if (further !== undefined) report(context, [...path, 'backendTunnel'], oneProxy);
  if (http?.version !== undefined && !/^(?:HTTP\/)?1/.test(http.version)) {
    report(context, [...path, 'http', 'version'], 'proxies are spoken to in HTTP/1.1');
  }
  if (http?.requestTimeout !== undefined) {
    report(context, [...path, 'http', 'requestTimeout'], 'the time limit of a tunnel is tcp.connectTimeout');
  }
}

function tunnelSpec(
  context: Context,
  path: Path,
  proxy: BackendTunnelSpec['proxy'],
  { backendTLS, backendAuth, requestHeaderModifier, tcp }: BackendPolicySpecs,
): BackendTunnelSpec {
  const authorization = backendAuth === undefined ? undefined : proxyAuthorization(context, path, backendAuth);
  return {
    proxy,
    fields: new Map([...(requestHeaderModifier?.add ?? []), ...(requestHeaderModifier?.set ?? [])]),
    ...(backendTLS === undefined ? {} : { tls: backendTLS }),
    ...(authorization === undefined ? {} : { authorization }),
    ...(tcp?.connectTimeoutMs === undefined ? {} : { connectTimeoutMs: tcp.connectTimeoutMs }),
    ...(tcp?.keepalive === undefined ? {} : { keepalive: tcp.keepalive }),
  };
}

/** As in agentgateway: a key with its prefix, whatever field it names. */
function proxyAuthorization(
  context: Context,
  path: Path,
  auth: NonNullable<BackendPolicySpecs['backendAuth']>,
): string | undefined {
  if (auth.kind !== 'key' || (auth.location !== undefined && auth.location.kind !== 'header')) {
    report(context, path, 'a proxy takes backendAuth.key only, in a header: it becomes Proxy-Authorization');
    return undefined;
  }
  return `${auth.location?.prefix ?? 'Bearer '}${auth.value}`;
}
