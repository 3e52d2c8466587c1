import type { SessionPorts } from './session-ports.ts';
import type { SessionIdentity } from './session-id.ts';

/** Who serves a session: this worker, another of this number, or nobody. */
export type Whereabouts = 'here' | 'nowhere' | number;

/**
 * Where the request for a session belongs that this worker does not have.
 * @param servesSince When this endpoint got its first request, in milliseconds since the epoch: an older session of
 *   this worker was one of an endpoint that a reload has replaced.
 * @param fromPeer Another worker found that it belongs here.
 */
export function whereabouts(
  { claims, mark, seed }: SessionIdentity,
  { roster, ended, now }: SessionPorts,
  servesSince: number,
  fromPeer: boolean,
): Whereabouts {
  const own = roster.isOwn(claims);
  if (!own && roster.isLive(claims)) return fromPeer ? 'nowhere' : claims.worker;
  // What this very endpoint began and does not have any more has ended.
  if (own && claims.issued >= servesSince) return 'nowhere';
  if (claims.expires <= now() || ended.has(mark)) return 'nowhere';
  if (own || fromPeer) return 'here';
  const heir = roster.heir(claims, seed);
  return heir === roster.own.worker ? 'here' : heir;
}
