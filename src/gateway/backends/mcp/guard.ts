import { GatewayError } from '../../../base/errors.ts';
import { AllowedOrigins, isOwnOrigin, parseOrigin } from '../../../net/http/origin.ts';
import type { McpBackend } from '../../../model/mcp.ts';
import { isLoopbackHost, isLoopbackRequest } from '../../accept/loopback.ts';
import type { Exchange } from '../../exchange.ts';
import { hostOf } from '../../match/hostname.ts';
import { crossOrigin } from '../../policies/cors/origin-rules.ts';

/**
 * Refuses what a web page sends from where it may not (transports, security warning), with `originNotAllowed`. Which hosts
 * a listener answers for was decided when it was chosen; on a bind that only this machine can reach, a route without a
 * host name answers for this machine only, whatever names resolve to it (DNS rebinding).
 */
export function originGuard(
  spec: Pick<McpBackend, 'allowedOrigins' | 'dnsRebindingProtection'>,
): (x: Exchange) => void {
  const allowed = new AllowedOrigins(spec.allowedOrigins);
  return (x) => {
    // Looked at where it came in.
    if (x.fromPeer) return;
    const { request, bind, route } = x;
    if (spec.dnsRebindingProtection && !isLoopbackRequest(request)) throw new GatewayError('originNotAllowed');
    const local = isLoopbackHost(hostOf(request.authority));
    if (bind.onLoopback && !local && route?.named !== true) throw new GatewayError('originNotAllowed');
    const value = request.headers.combined('origin');
    if (value === undefined || crossOrigin.get(x) !== null || allowed.has(value)) return;
    const origin = parseOrigin(value);
    // A page of this machine, at this machine.
    const fits = origin !== null && ((local && isLoopbackHost(origin.host)) || isOwnOrigin(origin, request.authority));
    if (!fits) throw new GatewayError('originNotAllowed');
  };
}
