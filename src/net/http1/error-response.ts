import type { GatewayError } from '../../base/errors.ts';
import { statusLine } from './head-writer.ts';
import { toLatin1 } from './latin1.ts';

/** A whole response for a request that was never handed on; the connection closes after it. */
export function errorResponse(error: GatewayError, date: string): string {
  // ASCII only, so that code units are bytes.
  const body = toLatin1(JSON.stringify({ error: { reason: error.reason, message: error.message } }));
  const retryAfter = error.retryAfter > 0 ? `retry-after: ${error.retryAfter}\r\n` : '';
  return (
    `${statusLine(error.status)}date: ${date}\r\ncontent-type: application/json\r\n${retryAfter}` +
    `content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`
  );
}
