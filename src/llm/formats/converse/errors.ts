import { isJsonRecord, parseJson } from '../../json/parse.ts';
import { errorTypeOf, plainMessage } from '../upstream-errors.ts';
import type { PivotError } from '../../pivot/response.ts';

interface Row {
  /** What an exception within a stream stands for; an answer has a status of its own. */
  readonly status: number;
  readonly type: string;
}

/** Exceptions of bedrock-runtime and of AWS's front door, lower case without `Exception`, with their statuses. */
const exceptions: ReadonlyMap<string, Row> = new Map([
  ['validation', { status: 400, type: 'invalid_request_error' }],
  ['servicequotaexceeded', { status: 400, type: 'rate_limit_error' }],
  ['accessdenied', { status: 403, type: 'permission_error' }],
  ['unrecognizedclient', { status: 403, type: 'authentication_error' }],
  ['expiredtoken', { status: 403, type: 'authentication_error' }],
  ['invalidsignature', { status: 403, type: 'authentication_error' }],
  ['incompletesignature', { status: 403, type: 'authentication_error' }],
  ['missingauthenticationtoken', { status: 403, type: 'authentication_error' }],
  ['resourcenotfound', { status: 404, type: 'not_found_error' }],
  ['modeltimeout', { status: 408, type: 'timeout_error' }],
  ['modelerror', { status: 424, type: 'api_error' }],
  ['modelstreamerror', { status: 424, type: 'api_error' }],
  ['throttling', { status: 429, type: 'rate_limit_error' }],
  ['modelnotready', { status: 429, type: 'rate_limit_error' }],
  ['internalserver', { status: 500, type: 'api_error' }],
  ['internalfailure', { status: 500, type: 'api_error' }],
  ['serviceunavailable', { status: 503, type: 'overloaded_error' }],
]);

/** Reads the body of an error answer: AWS's (`__type`, `message` in either case), a proxy's `error`, or plain text. */
export function readError(status: number, body: string, field?: (name: string) => string | undefined): PivotError {
  const parsed = parseJson(body);
  const record = isJsonRecord(parsed) ? parsed : {};
  const name = nameOf(record['__type'] ?? record['code'] ?? field?.('x-amzn-errortype'));
  return {
    status,
    type: rowOf(name)?.type ?? errorTypeOf(status),
    message: messageOf(record) ?? plainMessage(status, parsed === undefined ? body : ''),
    code: name === '' ? null : name,
    param: null,
  };
}

/** Reads an exception within a stream; its name gives the status. */
export function readException(exception: string, data: string): PivotError {
  const parsed = parseJson(data);
  const record = isJsonRecord(parsed) ? parsed : {};
  const name = nameOf(exception);
  const row = rowOf(name) ?? { status: 500, type: 'api_error' };
  const message = messageOf(record) ?? 'the upstream failed while it answered';
  return { ...row, message, code: name === '' ? null : name, param: null };
}

/** `com.amazonaws.bedrock#ThrottlingException:http://…` → `ThrottlingException`. */
function nameOf(type: unknown): string {
  if (typeof type !== 'string') return '';
  const name = type.slice(type.lastIndexOf('#') + 1);
  return name.split(':', 1)[0] ?? name;
}

function rowOf(name: string): Row | undefined {
  return exceptions.get(name.toLowerCase().replace(/exception$/, ''));
}

function messageOf(record: Readonly<Record<string, unknown>>): string | undefined {
  const error = record['error'];
  const message = record['message'] ?? record['Message'] ?? (isJsonRecord(error) ? error['message'] : error);
  return typeof message === 'string' && message !== '' ? message : undefined;
}
