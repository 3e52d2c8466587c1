import { HeaderList } from '../net/http/headers.ts';

/** A whole answer that the gateway gives itself. */
export interface LlmReply {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}

/** An answer of the gateway's own, whole or as the pieces of a stream. */
export type LlmAnswer =
  | LlmReply
  | { readonly status: number; readonly headers: HeaderList; readonly chunks: Iterable<string> };

/** An answer with a JSON body. */
export function jsonReply(status: number, body: unknown): LlmReply {
  return { status, headers: new HeaderList(['content-type', 'application/json']), body: JSON.stringify(body) };
}

/** Values of `error.type` in OpenAI's API. */
export type LlmErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'rate_limit_error'
  | 'server_error';

/** The `error.type` that belongs to a status. */
export function errorTypeOf(status: number): LlmErrorType {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/**
 * An error as OpenAI's API shapes it: `{"error":{"message","type","param","code"}}`.
 *
 * @param param The request member at fault, or null.
 */
export function errorReply(status: number, code: string, message: string, param: string | null = null): LlmReply {
  return jsonReply(status, { error: { message, type: errorTypeOf(status), param, code } });
}
