import type { GatewayError } from '../../base/errors.ts';

/** A whole response for a request that was never handed on: its field lines, name before value, and its body. */
export function errorFields(error: GatewayError): { readonly fields: string[]; readonly body: string } {
  const body = JSON.stringify({ error: { reason: error.reason, message: error.message } });
  const fields = [
    ':status',
    String(error.status),
    'content-type',
    'application/json',
    'content-length',
    String(Buffer.byteLength(body)),
  ];
  if (error.retryAfter > 0) fields.push('retry-after', String(error.retryAfter));
  return { fields, body };
}
