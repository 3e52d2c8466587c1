import type { BackendTunnelSpec } from '../../model/policy.ts';
import type { ProxySpec } from '../../net/upstream/endpoint-spec.ts';
import { ownName } from '../tunnel/own-name.ts';

/** The proxy of a `backendTunnel` as connections need it. */
export function proxySpec(spec: BackendTunnelSpec, connectTimeoutMs: number): ProxySpec {
  const { proxy, tls, authorization, keepalive } = spec;
  const fields = [...spec.fields].flat();
  // A gateway that is its own proxy would ask itself for ever.
  fields.push('via', `1.1 ${ownName}`);
  if (authorization !== undefined) fields.push('proxy-authorization', authorization);
  return {
    address: proxy,
    fields,
    connectTimeoutMs: spec.connectTimeoutMs ?? connectTimeoutMs,
    ...(tls === undefined ? {} : { tls }),
    ...(keepalive === undefined || keepalive === 'off' ? {} : { keepalive }),
  };
}
