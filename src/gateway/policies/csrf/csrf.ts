import { GatewayError } from '../../../base/errors.ts';
import { AllowedOrigins, isOwnOrigin, parseOrigin } from '../../../net/http/origin.ts';
import type { RequestHead } from '../../../net/http/message.ts';
import type { PolicyFactory } from '../policy.ts';

/** Methods that change nothing (RFC 9110 §9.2.1). */
const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/**
 * Refuses what a page of another site sends to change something: browsers say so in Sec-Fetch-Site (W3C Fetch Metadata),
 * older ones in Origin alone. What carries neither does not come from a browser's page. A WebSocket begins with GET, but
 * no browser keeps other sites from opening one, so it counts as a change.
 */
export const csrf: PolicyFactory<'csrf'> = {
  kind: 'csrf',
  compile(spec) {
    const trusted = new AllowedOrigins(spec.additionalOrigins);
    return {
      kind: 'csrf',
      request: function checkSite({ request }) {
        if (safe.has(request.method) && request.upgrade === '') return undefined;
        const { headers } = request;
        const site = headers.combined('sec-fetch-site');
        if (site === 'same-origin' || site === 'none') return undefined;
        const origin = headers.combined('origin');
        if (origin !== undefined && trusted.has(origin)) return undefined;
        if (site === undefined && (origin === undefined || isOwn(origin, request))) return undefined;
        throw new GatewayError('crossSiteRequest');
      },
      response: null,
    };
  },
};

/** Where TLS ends here, a page without it is of another site. */
function isOwn(value: string, { scheme, authority }: RequestHead): boolean {
  const origin = parseOrigin(value);
  if (origin === null || (scheme === 'https' && origin.scheme !== 'https')) return false;
  return isOwnOrigin(origin, authority);
}
