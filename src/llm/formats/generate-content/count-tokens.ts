import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject, RequestContext, RequestLine } from '../../pivot/format.ts';
import type { PivotRequest } from '../../pivot/request.ts';
import { compact, member, objectAt } from './members.ts';
import { readRequest } from './read-request.ts';
import { writeRequest } from './write-request.ts';

/** Reads a CountTokensRequest: `contents`, or a whole `generateContentRequest`. Vertex AI's has both beside another. */
export function readCountRequest(body: JsonObject, line: RequestLine): PivotRequest {
  const whole = member(body, 'generateContentRequest');
  if (whole === undefined) return readRequest(body, line);
  if (member(body, 'contents') !== undefined) {
    throw new LlmBadRequest('contents and generateContentRequest exclude each other', 'generateContentRequest');
  }
  return readRequest(objectAt(whole, 'generateContentRequest'), line);
}

/**
 * Writes the question how many input tokens a request has.
 *
 * @param api The Gemini API counts instructions and tools only within a whole request, which names its model; Vertex AI
 * takes them beside the contents.
 */
export function writeCountRequest(
  request: PivotRequest,
  context: RequestContext,
  api: 'gemini' | 'vertex',
): JsonObject {
  const { toolConfig, ...whole } = writeRequest(request, context);
  if (api === 'vertex') return whole;
  return { generateContentRequest: compact({ model: `models/${request.model}`, ...whole, toolConfig }) };
}

/** Reads the count of an answer; null where it has none. */
export function readCount(body: JsonObject): number | null {
  const count = body['totalTokens'];
  return typeof count === 'number' && Number.isFinite(count) ? count : null;
}

/** Writes the answer. */
export function writeCount(totalTokens: number): JsonObject {
  return { totalTokens };
}
