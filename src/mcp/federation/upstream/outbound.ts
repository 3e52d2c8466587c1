import { requestFields } from '../../wire/2026-07-28/headers.ts';
import { requestText } from '../../wire/jsonrpc.ts';
import type { Asked } from './pending.ts';
import { modernParams, sessionParams, type ClientDescription } from './params.ts';

/** A request as a transport takes it: its text, its header fields if it has no session, and those of the client. */
export type Outbound = readonly [text: string, fields: readonly string[] | null, client: readonly string[]];

/**
 * A request in the era of its server.
 * @param forwarded Fields of the client for whom it is.
 * @param logLevel What the client's session asked for.
 */
export function outbound(
  id: number,
  { method, params, fields, caller }: Asked,
  modern: boolean,
  forwarded: readonly string[],
  client: ClientDescription,
  logLevel: string,
): Outbound {
  if (!modern) {
    const own = fields.length === 0 ? forwarded : [...forwarded, ...fields];
    return [requestText(id, method, sessionParams(params, caller)), null, own];
  }
  const text = requestText(id, method, modernParams(params, caller, client, logLevel));
  return [text, [...requestFields(method, params), ...fields], forwarded];
}
