import type { JsonObject } from '../../pivot/format.ts';
import type { PivotError } from '../../pivot/response.ts';
import { isObject, textOf } from './members.ts';
import { parseJson } from '../../json/parse.ts';

const byStatus: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** Longest text of a body that is no JSON which becomes a message; a proxy's error page can be any size. */
const longestText = 500;

/** The `type` of errors for a status. */
function errorType(status: number): string {
  return byStatus[status] ?? (status >= 400 && status < 500 ? 'invalid_request_error' : 'api_error');
}

/** Reads an error body: this API's, another's with `error` or `message`, or plain text. */
export function readError(status: number, body: string): PivotError {
  const parsed = parseJson(body);
  const error = isObject(parsed) ? (parsed['error'] ?? parsed) : undefined;
  const inner = isObject(error) ? error : {};
  const text = typeof error === 'string' ? error : inner['message'];
  const type = inner['type'];
  const code = inner['code'];
  return {
    status,
    type: typeof type === 'string' && type !== 'error' && type !== '' ? type : errorType(status),
    message: typeof text === 'string' && text !== '' ? text : plain(status, parsed === undefined ? body : ''),
    code: typeof code === 'string' ? code : typeof code === 'number' ? String(code) : null,
    param: typeof inner['param'] === 'string' ? inner['param'] : null,
  };
}

/** Writes this API's error body. A type that it does not know becomes the one of the status. */
export function writeError(error: PivotError): JsonObject {
  const type = Object.hasOwn(statuses, error.type) ? error.type : errorType(error.status);
  return { type: 'error', error: { type, message: error.message } };
}

/** Reads an `error` event inside a stream; its type gives the status that it stands for. */
export function readErrorEvent(event: JsonObject): PivotError {
  const error = isObject(event['error']) ? event['error'] : {};
  const type = textOf(error['type']) || 'api_error';
  const status = (Object.hasOwn(statuses, type) ? statuses[type] : undefined) ?? 500;
  const message = textOf(error['message']) || 'the upstream failed while it answered';
  return { status, type, message, code: null, param: null };
}

/** What an event of the upstream that cannot be read becomes. */
export const brokenEvent: PivotError = {
  status: 502,
  type: 'api_error',
  message: 'the upstream sent an event that is no JSON object',
  code: null,
  param: null,
};

/** What a client is told whose upstream's stream ended without a reason to stop. */
export const brokenOff: PivotError = {
  ...brokenEvent,
  message: 'the upstream ended before its answer was complete',
};

function plain(status: number, body: string): string {
  const text = body.trim();
  return text === '' || text.startsWith('<')
    ? `the upstream answered with status ${status}`
    : text.slice(0, longestText);
}
