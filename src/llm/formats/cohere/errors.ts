import { isJsonRecord, parseJson } from '../../json/parse.ts';
import type { PivotError } from '../../pivot/response.ts';

/** Statuses as Cohere uses them (cohere-ai `errors`, docs.cohere.com/reference/errors). */
const types: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [408, 'timeout_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [498, 'authentication_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
]);

/** Longest text of a body that is no JSON which becomes a message; a proxy's error page can be any size. */
const longestText = 500;

/** Reads the body of an error answer: Cohere's (`message`), a proxy's `error`, or plain text. */
export function readError(status: number, body: string): PivotError {
  const parsed = parseJson(body);
  const type = types.get(status) ?? (status >= 400 && status < 500 ? 'invalid_request_error' : 'api_error');
  return { status, type, message: messageOf(parsed) ?? plain(status, parsed, body), code: null, param: null };
}

/** What an event of the upstream that cannot be read becomes. */
export const brokenEvent: PivotError = {
  status: 502,
  type: 'api_error',
  message: 'the upstream sent an event that is no JSON object',
  code: null,
  param: null,
};

function messageOf(body: unknown): string | undefined {
  if (!isJsonRecord(body)) return undefined;
  const { error } = body;
  const message = body['message'] ?? (isJsonRecord(error) ? error['message'] : error) ?? body['detail'];
  return typeof message === 'string' && message !== '' ? message : undefined;
}

function plain(status: number, parsed: unknown, body: string): string {
  const text = parsed === undefined ? body.trim() : '';
  return text === '' || text.startsWith('<')
    ? `the upstream answered with status ${status}`
    : text.slice(0, longestText);
}
