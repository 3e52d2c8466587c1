import { relay } from '../../upstream/relay.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { CompiledBackend } from '../backend.ts';

/**
 * The gateway's own admin API as a backend.
 *
 * @param path Every request goes to this path, keeping its query; undefined: to its own path.
 */
export function createInternalBackend(
  key: string,
  name: string,
  admin: Upstream,
  path: string | undefined,
): CompiledBackend {
  const override = path === undefined ? null : { path };
  return {
    key,
    name,
    protocol: 'http',
    handle(x) {
      // The admin API takes loopback names only: the outer Host and Origin were this gateway's own business.
      x.authorityRewrite = 'auto';
      x.request.headers.delete('origin');
      relay(x, admin, override, null);
    },
    close: () => undefined,
  };
}
