import type { PivotError } from '../pivot/response.ts';

/** Longest text of a body that is no JSON which becomes a message; a proxy's error page can be any size. */
const longestText = 500;

/** The common words for what went wrong, each with its status. */
const statuses: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
]);
const words: ReadonlyMap<number, string> = new Map([
  ...Array.from(statuses, ([word, status]) => [status, word] as const),
  [408, 'timeout_error'],
  [503, 'overloaded_error'],
]);

/** The common word for a status. */
export function errorTypeOf(status: number): string {
  return words.get(status) ?? (status >= 400 && status < 500 ? 'invalid_request_error' : 'api_error');
}

/** The status of a common word; undefined for any other. */
export function statusOfType(type: string): number | undefined {
  return statuses.get(type);
}

/** What an error answer says whose body says nothing that can be read: its text, unless that is a page of a proxy's. */
export function plainMessage(status: number, body: string): string {
  const text = body.trim();
  return text === '' || text.startsWith('<')
    ? `the upstream answered with status ${status}`
    : text.slice(0, longestText);
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
