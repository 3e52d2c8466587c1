import type { BackendTunnelSpec } from '../../model/policy.ts';
import type { ProxySpec } from '../../net/upstream/endpoint-spec.ts';

/** The proxy of a `backendTunnel` as connections need it. */
export function proxySpec(spec: BackendTunnelSpec, connectTimeoutMs: number): ProxySpec {
  const { proxy, tls, authorization, keepalive } = spec;
  const fields = [...spec.fields].flat();
  if (authorization !== undefined) fields.push('proxy-authorization', authorization);
  return {
    address: proxy,
    fields,
    connectTimeoutMs: spec.connectTimeoutMs ?? connectTimeoutMs,
    ...(tls === undefined ? {} : { tls }),
    ...(keepalive === undefined || keepalive === 'off' ? {} : { keepalive }),
  };
}
