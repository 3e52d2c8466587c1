import { isJsonRecord, parseJson } from '../../json/parse.ts';
import { errorTypeOf, plainMessage } from '../upstream-errors.ts';
import type { PivotError } from '../../pivot/response.ts';

/** Reads the body of an error answer: Cohere's (`message`), a proxy's `error`, or plain text. */
export function readError(status: number, body: string): PivotError {
  const parsed = parseJson(body);
  // Its own word for an unknown key (cohere-ai `errors`, docs.cohere.com/reference/errors).
  const type = status === 498 ? 'authentication_error' : errorTypeOf(status);
  const message = messageOf(parsed) ?? plainMessage(status, parsed === undefined ? body : '');
  return { status, type, message, code: null, param: null };
}

function messageOf(body: unknown): string | undefined {
  if (!isJsonRecord(body)) return undefined;
  const { error } = body;
  const message = body['message'] ?? (isJsonRecord(error) ? error['message'] : error) ?? body['detail'];
  return typeof message === 'string' && message !== '' ? message : undefined;
}
