import type { ClientFormat } from '../../../llm/pivot/format.ts';
import type { PivotError } from '../../../llm/pivot/response.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import { ResponseHead } from '../../../net/http/message.ts';
import { AnswerRefused } from '../../upstream/response-sink.ts';

/** Fields of an upstream's answer that speak of its own body. */
export const bodyFields: readonly string[] = [
  'content-type',
  'content-encoding',
  'content-md5',
  'digest',
  'etag',
  'accept-ranges',
];

/** Says when to try again, in whole seconds, unless the upstream did (RFC 9110 §10.2.3). */
export function setRetryAfter(headers: HeaderList, ms: number): void {
  if (!headers.has('retry-after')) headers.set('retry-after', String(Math.ceil(ms / 1000)));
}

/** An answer that began well and whose stream said only that it failed, as the error answer that it should have been. */
export function refusedAnswer(head: ResponseHead, format: ClientFormat, error: PivotError): AnswerRefused {
  const headers = head.headers.clone();
  for (const name of bodyFields) headers.delete(name);
  headers.set('content-type', 'application/json');
  if (error.retryAfterMs !== undefined) setRetryAfter(headers, error.retryAfterMs);
  const body = JSON.stringify(format.writeError(error));
  const status = error.status >= 400 && error.status <= 599 ? error.status : 502;
  return new AnswerRefused(new ResponseHead(status, headers, Buffer.byteLength(body)), body);
}
