import { createHash } from 'node:crypto';
import type { UpstreamAddress } from '../../model/backend.ts';
import type { BackendTlsSpec } from '../../model/policy.ts';
import type { ProcessSettings, TcpKeepalive } from '../../model/process.ts';

/** Which addresses of a name are used, and which come first. */
export type DnsFamily = ProcessSettings['dns']['family'];

/** Everything that makes connections interchangeable: equal specs share one endpoint. Times in milliseconds. */
export interface EndpointSpec {
  readonly address: UpstreamAddress;
  /** Absent: plain text. */
  readonly tls?: BackendTlsSpec;
  /** Absent: as the protocols of `tls` say, else HTTP/1.1, but HTTP/2 for gRPC. */
  readonly httpVersion?: '1.1' | '2';
  /** For one address, TLS handshake included; 0: no limit of ours. */
  readonly connectTimeoutMs: number;
  /** An idle connection is closed after this; 0: never. */
  readonly poolIdleTimeoutMs: number;
  /** Idle connections kept; absent: no limit. */
  readonly poolMaxSize?: number;
  readonly keepalive?: TcpKeepalive;
  readonly dnsFamily: DnsFamily;
  /** Present: connections go through it, and it looks the upstream's name up. */
  readonly proxy?: ProxySpec;
  /** Names the counts of a limit of connections; absent: there is none. */
  readonly limitedBy?: string;
}

/** An HTTP CONNECT proxy, and what it is told besides the target. */
export interface ProxySpec {
  readonly address: UpstreamAddress;
  /** Absent: plain text to the proxy. */
  readonly tls?: BackendTlsSpec;
  /** Field lines of the CONNECT request: name, value, name, value … */
  readonly fields: readonly string[];
  /** For the connection to the proxy, its TLS handshake included; 0: no limit of ours. */
  readonly connectTimeoutMs: number;
  readonly keepalive?: TcpKeepalive;
}

/** A key equal for equal specs; a digest, so that it holds no private key. */
export function endpointKey(spec: EndpointSpec): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(spec)))
    .digest('base64url');
}

/** The value with object keys in order, so that equal specs have equal texts. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
