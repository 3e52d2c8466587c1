import type { JsonObject, RequestContext } from '../../pivot/format.ts';
import type { PivotRequest } from '../../pivot/request.ts';
import { writeRequest } from './write-request.ts';

/** Members of a Converse request that `ConverseTokensRequest` has. */
const counted = ['toolConfig', 'system', 'additionalModelRequestFields', 'messages'] as const;

/** Writes the question how many input tokens a request has (`POST /model/{id}/count-tokens`). */
export function writeCountRequest(request: PivotRequest, context: RequestContext): JsonObject {
  const whole = writeRequest(request, context);
  const converse: Record<string, unknown> = {};
  for (const name of counted) if (whole[name] !== undefined) converse[name] = whole[name];
  return { input: { converse } };
}

/** Reads the count of an answer; null where it has none. */
export function readCount(body: JsonObject): number | null {
  const count = body['inputTokens'];
  return typeof count === 'number' && Number.isFinite(count) ? count : null;
}
