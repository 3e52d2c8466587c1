import { relay } from '../../upstream/relay.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { CompiledBackend } from '../backend.ts';

/** A plain HTTP upstream: requests and responses pass untouched. */
export function createHttpBackend(key: string, name: string, upstream: Upstream): CompiledBackend {
  return {
    key,
    name,
    protocol: 'http',
    takesTunnels: true,
    handle: (x) => relay(x, upstream, null, null),
    close: () => undefined,
  };
}
