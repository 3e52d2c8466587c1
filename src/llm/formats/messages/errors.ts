import type { JsonObject } from '../../pivot/format.ts';
import type { PivotError } from '../../pivot/response.ts';
import { errorTypeOf, plainMessage, statusOfType } from '../upstream-errors.ts';
import { isObject, textOf } from './members.ts';
import { parseJson } from '../../json/parse.ts';

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
    type: typeof type === 'string' && type !== 'error' && type !== '' ? type : errorTypeOf(status),
    message: typeof text === 'string' && text !== '' ? text : plainMessage(status, parsed === undefined ? body : ''),
    code: typeof code === 'string' ? code : typeof code === 'number' ? String(code) : null,
    param: typeof inner['param'] === 'string' ? inner['param'] : null,
  };
}

/** Writes this API's error body. A type that it does not know becomes the one of the status. */
export function writeError(error: PivotError): JsonObject {
  const type = statusOfType(error.type) !== undefined ? error.type : errorTypeOf(error.status);
  return { type: 'error', error: { type, message: error.message } };
}

/** Reads an `error` event inside a stream; its type gives the status that it stands for. */
export function readErrorEvent(event: JsonObject): PivotError {
  const error = isObject(event['error']) ? event['error'] : {};
  const type = textOf(error['type']) || 'api_error';
  const status = statusOfType(type) ?? 500;
  const message = textOf(error['message']) || 'the upstream failed while it answered';
  return { status, type, message, code: null, param: null };
}
