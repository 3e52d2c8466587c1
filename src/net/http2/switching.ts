import { ResponseHead } from '../http/message.ts';
import type { OutboundRequest } from '../http/outbound.ts';
import { websocketAccept } from '../http/websocket.ts';

/** Fields that the gateway answers for itself. */
const replaced = ['content-length', 'sec-websocket-accept'] as const;

/**
 * The 200 that accepted an extended CONNECT, as the 101 that HTTP/1.1 has for it (RFC 8441 §5). Over HTTP/2 there is no
 * key, and so no proof of having read it: that is made here.
 */
export function switchingHead(accepted: ResponseHead, request: OutboundRequest): ResponseHead {
  const { headers } = accepted;
  for (const name of replaced) headers.delete(name);
  headers.append('upgrade', request.upgrade);
  const key = request.headers.get('sec-websocket-key');
  if (key !== undefined) headers.append('sec-websocket-accept', websocketAccept(key));
  return new ResponseHead(101, headers, 0);
}
