import { isLoopbackHost } from '../gateway/accept/loopback.ts';
import { hostOf } from '../gateway/match/hostname.ts';
import type { Handler } from './endpoints.ts';
import { refusal } from './reply.ts';

/**
 * Lets only requests through that come from this machine's own programs: Host, and Origin where there is one, must name
 * loopback, so that no web page reaches the server by a name that resolves to it (DNS rebinding); and a browser must not
 * say that another site sends the request (Fetch Metadata, Sec-Fetch-Site), since images and links carry no Origin.
 */
export function localOnly(handler: Handler): Handler {
  return (request) => {
    const origin = request.header('origin');
    const local =
      isLoopbackHost(hostOf(request.header('host') ?? '')) &&
      (origin === undefined || isLoopbackOrigin(origin)) &&
      request.header('sec-fetch-site') !== 'cross-site';
    return local ? handler(request) : refusal('originNotAllowed', 'this server takes requests for loopback names only');
  };
}

/** An origin is scheme, host and port (RFC 6454 §6.2); `null` is none of ours. */
function isLoopbackOrigin(origin: string): boolean {
  const [, authority] = /^https?:\/\/([^/?#\\@]+)$/.exec(origin) ?? [];
  return authority !== undefined && isLoopbackHost(hostOf(authority));
}
