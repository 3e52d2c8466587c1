import { isJsonRecord, parseJson } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { PivotError } from '../../pivot/response.ts';
import { brokenEvent, errorTypeOf, plainMessage } from '../upstream-errors.ts';
import { textOf } from './members.ts';

/** HTTP status → canonical code (google.rpc.Code; AIP-193). */
const codes: ReadonlyMap<number, string> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [402, 'FAILED_PRECONDITION'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [408, 'DEADLINE_EXCEEDED'],
  [409, 'ABORTED'],
  [413, 'INVALID_ARGUMENT'],
  [429, 'RESOURCE_EXHAUSTED'],
  [499, 'CANCELLED'],
  [500, 'INTERNAL'],
  [501, 'UNIMPLEMENTED'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
  [529, 'UNAVAILABLE'],
]);

const retryInfo = 'type.googleapis.com/google.rpc.RetryInfo';
const badRequest = 'type.googleapis.com/google.rpc.BadRequest';

/** What an answer becomes that ended with one of the reasons that no client could go on from. */
export function failedAnswer(reason: string, message: unknown): PivotError {
  const said = textOf(message);
  return {
    status: 502,
    type: 'api_error',
    message: `the model's answer failed: ${said === '' ? reason : said}`,
    code: reason,
    param: null,
  };
}

/** Reads an error body: `{"error":{"code","message","status","details"}}`, also within an array, or plain text. */
export function readError(status: number, body: string): PivotError {
  const parsed = parseJson(body);
  const record: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  const error = isJsonRecord(record) ? (record['error'] ?? record) : undefined;
  if (isJsonRecord(error)) return readErrorObject(status, error);
  const message = plainMessage(status, typeof error === 'string' ? error : body);
  return { status, type: errorTypeOf(status), message, code: null, param: null };
}

/** Reads the `error` of a chunk, whose own code tells the status. */
export function readStreamError(error: unknown): PivotError {
  if (!isJsonRecord(error))
    return { ...brokenEvent, message: textOf(error) || 'the upstream failed while it answered' };
  const { code } = error;
  const isStatus = typeof code === 'number' && code >= 400 && code <= 599;
  return readErrorObject(isStatus ? code : 500, error);
}

/** Writes this API's error body. */
export function writeError({ status, message, param, retryAfterMs }: PivotError): JsonObject {
  const details: JsonObject[] = [];
  if (param !== null) details.push({ '@type': badRequest, fieldViolations: [{ field: param, description: message }] });
  if (retryAfterMs !== undefined) details.push({ '@type': retryInfo, retryDelay: `${retryAfterMs / 1000}s` });
  return {
    error: { code: status, message, status: codeOf(status), ...(details.length === 0 ? {} : { details }) },
  };
}

function readErrorObject(status: number, error: JsonObject): PivotError {
  const details: readonly unknown[] = Array.isArray(error['details']) ? error['details'] : [];
  const reason = details.map((detail) => (isJsonRecord(detail) ? textOf(detail['reason']) : '')).find(Boolean);
  const retryAfterMs = details.map(retryDelayOf).find((delay) => delay !== undefined);
  return {
    status,
    // A wrong key is answered with 400, as if the body were at fault.
    type: reason === 'API_KEY_INVALID' ? 'authentication_error' : errorTypeOf(status),
    message: textOf(error['message']) || plainMessage(status, ''),
    code: reason ?? (textOf(error['status']) || null),
    param: null,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** `retryDelay` of a RetryInfo (`"3.5s"`), in milliseconds. */
function retryDelayOf(detail: unknown): number | undefined {
  if (!isJsonRecord(detail)) return undefined;
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(textOf(detail['retryDelay']))?.[1];
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000);
}

function codeOf(status: number): string {
  return codes.get(status) ?? (status < 500 ? 'FAILED_PRECONDITION' : 'INTERNAL');
}
