import { isJsonRecord, parseJson } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { PivotError } from '../../pivot/response.ts';

/** Longest text of an upstream that is not JSON and is said to the client. */
const MAX_PLAIN = 500;

/** The common words for what went wrong, each with its status. */
const STATUS_OF: ReadonlyMap<string, number> = new Map([
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

/** The common word for a status. */
export function errorTypeOf(status: number): string {
  if (status === 408 || status === 504) return 'timeout_error';
  if (status === 503) return 'overloaded_error';
  for (const [type, value] of STATUS_OF) if (value === status) return type;
  return status >= 400 && status < 500 ? 'invalid_request_error' : 'api_error';
}

/** Reads the body of an error answer: OpenAI's shape and those of servers that copy it, a bare message, or text. */
export function readError(status: number, body: string): PivotError {
  const parsed = parseJson(body);
  const found = parsed === undefined ? null : errorIn(parsed);
  if (found !== null) return readErrorObject(found, status);
  const text = body.trim();
  // A page of a proxy in between tells the client nothing.
  const message = text === '' || text.startsWith('<') ? `the upstream answered ${status}` : text.slice(0, MAX_PLAIN);
  return { status, type: errorTypeOf(status), message, code: null, param: null };
}

/** Reads the `error` of an event within a stream, where only its words tell the status. */
export function readStreamError(error: unknown): PivotError {
  if (!isJsonRecord(error)) return readErrorObject({ message: error }, 500);
  const { code, type, status } = error;
  const said = [code, status].map(Number).find((number) => number >= 400 && number <= 599);
  return readErrorObject(error, said ?? (typeof type === 'string' ? STATUS_OF.get(type) : undefined) ?? 500);
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
  const common = STATUS_OF.has(word);
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
  return { message: typeof detail === 'string' ? detail : JSON.stringify(detail).slice(0, MAX_PLAIN) };
}
