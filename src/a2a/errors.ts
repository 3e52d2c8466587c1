import type { GatewayError } from '../base/errors.ts';
import type { A2aRequest, Unreadable } from './classify.ts';

/** Names of `google.rpc.Code` for the HTTP statuses that a gateway answers with. */
const statusNames: ReadonlyMap<number, string> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [405, 'UNIMPLEMENTED'],
  [413, 'INVALID_ARGUMENT'],
  [429, 'RESOURCE_EXHAUSTED'],
  [500, 'INTERNAL'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
]);

/**
 * An error of the gateway as clients of the request's binding read it: an error of JSON-RPC with the request's id, or
 * `google.rpc.Status` as JSON (A2A 1.0 §11.6). Its HTTP status says the same. Calls of gRPC say it in their own way.
 */
export function errorBody(request: A2aRequest | Unreadable, error: GatewayError): unknown {
  const { status, message } = error;
  if (request.binding === 'JSONRPC') {
    const isItsFault = request.kind === 'unreadable' && error.reason === request.reason;
    const code = isItsFault ? request.code : status < 500 && status !== 429 ? -32600 : -32603;
    return { jsonrpc: '2.0', id: request.id, error: { code, message, data: [info(error)] } };
  }
  const name = statusNames.get(status) ?? (status < 500 ? 'FAILED_PRECONDITION' : 'INTERNAL');
  return { error: { code: status, status: name, message, details: [info(error)] } };
}

/** `google.rpc.ErrorInfo`: the reason is ours, not one of A2A's. */
function info({ reason }: GatewayError): unknown {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'waygate' };
}
