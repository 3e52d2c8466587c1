import { isJsonRecord, parseJson } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { errorTypeOf, plainMessage, statusOfType } from '../upstream-errors.ts';
import type { PivotError } from '../../pivot/response.ts';

/** Longest `detail` that becomes a message. */
const MAX_DETAIL = 500;

/** Reads the body of an error answer: OpenAI's shape and those of servers that copy it, a bare message, or text. */
export function readError(status: number, body: string): PivotError {
  const parsed = parseJson(body);
  const found = parsed === undefined ? null : errorIn(parsed);
  if (found !== null) return readErrorObject(found, status);
  return { status, type: errorTypeOf(status), message: plainMessage(status, body), code: null, param: null };
}

/** Reads the `error` of an event within a stream, where only its words tell the status. */
export function readStreamError(error: unknown): PivotError {
  if (!isJsonRecord(error)) return readErrorObject({ message: error }, 500);
  const { code, type, status } = error;
  const said = [code, status].map(Number).find((number) => number >= 400 && number <= 599);
  return readErrorObject(error, said ?? (typeof type === 'string' ? statusOfType(type) : undefined) ?? 500);
}

/** An error answer's body, and the data of an error event. */
export function writeError(error: PivotError): JsonObject {
  const { message, param, code } = error;
  const type = error.type === 'api_error' ? 'server_error' : error.type;
  return { error: { message, type, param, code } };
}

/**
 * The status says more than `invalid_request_error`, which OpenAI says of bad keys, too. A type that only the upstream's
 * vendor knows is kept as the code, when there is no other.
 */
function readErrorObject(error: JsonObject, status: number): PivotError {
  const { message, type, code, param } = error;
  const word = typeof type === 'string' ? type : '';
  const common = statusOfType(word) !== undefined;
  const special = word === '' || word === 'server_error' || common ? null : word;
  const number = typeof code === 'number' && code !== status ? String(code) : null;
  return {
    status,
    type: common && word !== 'invalid_request_error' ? word : errorTypeOf(status),
    message: typeof message === 'string' && message !== '' ? message : `the upstream failed with ${status}`,
    code: typeof code === 'string' && code !== '' ? code : (special ?? number),
    param: typeof param === 'string' ? param : null,
  };
}

/** The object that says what is wrong: `error` (also within an array, as Gemini has it), or the body's own message. */
function errorIn(body: unknown): JsonObject | null {
  const record: unknown = Array.isArray(body) ? body[0] : body;
  if (!isJsonRecord(record)) return null;
  const { error, message, detail } = record;
  if (isJsonRecord(error)) return error;
  if (typeof error === 'string') return { ...record, message: error };
  if (typeof message === 'string') return record;
  if (detail === undefined) return null;
  return { message: typeof detail === 'string' ? detail : JSON.stringify(detail).slice(0, MAX_DETAIL) };
}
