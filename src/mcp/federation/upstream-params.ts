import { envelopeMembers, withMeta, withoutEnvelope } from '../wire/2026-07-28/envelope.ts';
import { withoutInput } from '../wire/2026-07-28/input.ts';
import type { Caller } from './caller.ts';

/** The client as its servers learn of it. */
export interface ClientDescription {
  /** JSON text of its capabilities, as far as they are relayed. */
  readonly capabilities: string;
  /** JSON text of how the gateway names itself. */
  readonly clientInfo: string;
}

/** Params of `server/discover`. */
export function discoverParams(client: ClientDescription): string {
  return withMeta('', envelopeMembers(client.clientInfo, client.capabilities, ''));
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
  return withMeta(params, envelopeMembers(clientInfo, envelope?.relayed ?? client.capabilities, level));
}

/** Params for a server with sessions. */
export function sessionParams(params: string, caller: Caller | null): string {
  return caller === null || caller.envelope === null ? params : withoutEnvelope(withoutInput(params));
}
