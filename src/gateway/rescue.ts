import type { GatewayError } from '../base/errors.ts';
import { isGrpc } from '../net/http/grpc.ts';
import { HeaderList } from '../net/http/headers.ts';
import type { Exchange } from './exchange.ts';
import { grpcError } from './grpc/status.ts';
import type { LocalReply } from './policies/policy.ts';

/** How a client of a protocol expects an error body; each backend declares its shape. */
export type ErrorShape = 'gateway' | 'openai' | 'jsonrpc';

const shapes: Readonly<Record<ErrorShape, (error: GatewayError) => unknown>> = {
  gateway: (error) => ({ error: { reason: error.reason, message: error.message } }),
  // https://platform.openai.com/docs/guides/error-codes: SDKs read message, type, param and code.
  openai: (error) => ({
    error: {
      message: error.message,
      type: error.status < 500 ? 'invalid_request_error' : 'server_error',
      param: null,
      code: error.reason,
    },
  }),
  // JSON-RPC 2.0 §5.1; -32603 is its internal error, -32600 an invalid request.
  jsonrpc: (error) => ({
    jsonrpc: '2.0',
    id: null,
    error: { code: error.status < 500 ? -32600 : -32603, message: error.message, data: { reason: error.reason } },
  }),
};

/** An answer whose body is text. */
type TextReply = LocalReply & { readonly body: string };

/** The answer to a failed exchange, in the shape that its backend's clients expect. */
export function rescue(x: Exchange, error: GatewayError): TextReply {
  if (x.request.version === 20 && isGrpc(x.request.headers)) return { ...grpcError(error), body: '' };
  const backend = x.backend ?? x.route?.servesAs;
  const body = x.errorBody ?? backend?.errorBody?.(x) ?? null;
  return body === null ? errorReply(error, backend?.errorShape ?? 'gateway') : withBody(error, body(error));
}

/** The one place where an error becomes an answer. Causes and internals stay in the log. */
export function errorReply(error: GatewayError, shape: ErrorShape): TextReply {
  return withBody(error, shapes[shape](error));
}

function withBody(error: GatewayError, body: unknown): TextReply {
  const headers = new HeaderList(['content-type', 'application/json']);
  if (error.retryAfter > 0) headers.append('retry-after', String(error.retryAfter));
  for (const [name, value] of error.fields) headers.append(name, value);
  return { status: error.status, headers, body: JSON.stringify(body) };
}
