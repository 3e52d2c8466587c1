import { envelopeMembers, withMeta, withoutEnvelope } from '../../wire/2026-07-28/envelope.ts';
import { withoutOwnMeta } from '../../adapt/meta.ts';
import { withoutInput } from '../../wire/2026-07-28/input.ts';
import { withoutMembers } from '../../wire/json-text.ts';
import type { TransportUser } from '../../transports/transport.ts';
import type { Caller } from '../caller.ts';

/** The client as its servers learn of it. */
export interface ClientDescription extends TransportUser {
  /** JSON text of the capabilities that go with what belongs to no request of the client's. */
  readonly ownCapabilities: string;
  /** JSON text of how the gateway names itself. */
  readonly clientInfo: string;
}

/** Params of `server/discover`. */
export function discoverParams(client: ClientDescription): string {
  return withMeta('', envelopeMembers(client.clientInfo, client.ownCapabilities, ''));
}

/**
 * Params for a server of 2026-07-28: they say who the client is and what it can do; a client that says so itself is
 * passed on.
 * @param logLevel What the client's session asked for.
 */
export function modernParams(
  params: string,
  caller: Caller | null,
  client: ClientDescription,
  logLevel: string,
): string {
  const envelope = caller?.envelope ?? null;
  const clientInfo = envelope === null || envelope.clientInfo === '' ? client.clientInfo : envelope.clientInfo;
  const level = envelope === null ? (caller === null ? '' : logLevel) : envelope.logLevel;
  const capabilities = caller === null ? client.ownCapabilities : (envelope?.relayed ?? client.capabilities);
  return withMeta(ownParams(params, caller), envelopeMembers(clientInfo, capabilities, level));
}

/** Params for a server with sessions. */
export function sessionParams(params: string, caller: Caller | null): string {
  const own = ownParams(params, caller);
  // Tasks of servers with sessions are begun by their clients, and not by those of 2026-07-28.
  return caller === null || caller.envelope === null ? own : withoutMembers(withoutInput(own), begins);
}

const begins: ReadonlySet<string> = new Set(['task']);

/** Params without what belongs to one request of 2026-07-28, or to the gateway. */
function ownParams(params: string, caller: Caller | null): string {
  return caller === null ? params : withoutOwnMeta(withoutEnvelope(params));
}
