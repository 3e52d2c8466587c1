import { GatewayError } from '../../../base/errors.ts';
import { formatAddress, type UpstreamAddress } from '../../../model/backend.ts';
import type { Expressions } from '../../attributes/expressions.ts';
import { relay } from '../../upstream/relay.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { CompiledBackend } from '../backend.ts';

/** Upstreams that requests have named lately; the oldest goes first when there are more. */
const maximumUpstreams = 1000;

/** An upstream made for an address, and the way to give it back. */
export interface DynamicUpstream {
  readonly upstream: Upstream;
  release(): void;
}

/**
 * A forward proxy: each request names its upstream by its authority, or by the `target` expression.
 *
 * @param target CEL source that yields `host:port`, or undefined.
 * @param expressions Compiles `target`.
 * @param open Makes the upstream for an address.
 */
export function createDynamicBackend(
  key: string,
  name: string,
  target: string | undefined,
  expressions: Expressions,
  open: (address: UpstreamAddress) => DynamicUpstream,
): CompiledBackend {
  const expression = target === undefined ? null : expressions.text(target, 'request');
  // By address: what an authority without a port means depends on the scheme.
  const upstreams = new Map<string, DynamicUpstream>();
  return {
    key,
    name,
    protocol: 'http',
    takesTunnels: true,
    handle(x) {
      const authority = expression === null ? x.request.authority : expression(x.attributes());
      const address = authority === undefined ? null : parseAuthority(authority, x.request.scheme);
      if (address === null) throw new GatewayError('noBackend', 'the request names no upstream (host:port expected)');
      const endpoint = formatAddress(address);
      let entry = upstreams.get(endpoint);
      if (entry === undefined) {
        entry = open(address);
        if (upstreams.size >= maximumUpstreams) evictOldest(upstreams);
      } else {
        upstreams.delete(endpoint);
      }
      upstreams.set(endpoint, entry);
      relay(x, entry.upstream, null, null);
    },
    close() {
      for (const entry of upstreams.values()) entry.release();
      upstreams.clear();
    },
  };
}

function evictOldest(upstreams: Map<string, DynamicUpstream>): void {
  for (const [endpoint, entry] of upstreams) {
    upstreams.delete(endpoint);
    entry.release();
    return;
  }
}

/** `host`, `host:port` or `[v6]:port`; the port defaults to the scheme's. Null when it is none of them. */
export function parseAuthority(text: string, scheme: 'http' | 'https'): UpstreamAddress | null {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/@?#]+))(?::(\d{1,5}))?$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  if (host === undefined) return null;
  const port = parts?.[3] === undefined ? (scheme === 'https' ? 443 : 80) : Number(parts[3]);
  return port >= 1 && port <= 65_535 ? { kind: 'tcp', host, port } : null;
}
