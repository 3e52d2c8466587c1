import { isJsonRecord } from '../../json/parse.ts';
import type { PivotError } from '../../pivot/response.ts';
import { readStreamError } from '../completions/errors.ts';
import { errorTypeOf } from '../upstream-errors.ts';

/** The status that a code within a stream stands for; others are the upstream's own failure. */
const STATUS_OF: ReadonlyMap<string, number> = new Map([
  ['rate_limit_exceeded', 429],
  ['insufficient_quota', 429],
  ['invalid_prompt', 400],
  ['context_length_exceeded', 400],
  ['server_error', 500],
  ['server_is_overloaded', 529],
  ['slow_down', 529],
  ['vector_store_timeout', 504],
]);
const OF_IMAGES: RegExp = /image/;
/** Codes for what went wrong elsewhere, by the common word for it. */
const CODE_OF: ReadonlyMap<string, string> = new Map([
  ['rate_limit_error', 'rate_limit_exceeded'],
  ['invalid_request_error', 'invalid_prompt'],
  ['request_too_large', 'invalid_prompt'],
]);

/** The code of an error within a stream: the upstream's own, else OpenAI's for its kind. */
export function failureCode({ code, type }: Omit<PivotError, 'message'>): string {
  return code ?? CODE_OF.get(type) ?? 'server_error';
}

/** Reads `error` of a failed response, or an `error` event, where only its words tell the status. */
export function readFailure(error: unknown): PivotError {
  const record = isJsonRecord(error) ? error : { message: error };
  const { type, ...rest } = record;
  // An event is of the type `error`, which says nothing.
  const read = readStreamError(type === 'error' ? rest : record);
  const code = typeof record['code'] === 'string' ? record['code'] : '';
  const status = STATUS_OF.get(code) ?? (OF_IMAGES.test(code) ? 400 : undefined);
  return status === undefined ? read : { ...read, status, type: errorTypeOf(status) };
}
