import type { JsonObject, RequestContext } from '../../pivot/format.ts';
import type { PivotRequest } from '../../pivot/request.ts';
import { countOf } from './members.ts';
import { writeRequest } from './write-request.ts';

/** Members of a request that `POST /v1/messages/count_tokens` takes. */
const counted = ['model', 'tools', 'tool_choice', 'system', 'thinking', 'output_config', 'messages'] as const;

/** Writes the question how many input tokens a request has. A request to count is read as any other. */
export function writeCountRequest(request: PivotRequest, context: RequestContext): JsonObject {
  const whole = writeRequest(request, context);
  const question: Record<string, unknown> = {};
  for (const name of counted) if (whole[name] !== undefined) question[name] = whole[name];
  return question;
}

/** Reads the count of an answer; null where it has none. */
export function readCount(body: JsonObject): number | null {
  return countOf(body['input_tokens']);
}

/** Writes the answer. */
export function writeCount(inputTokens: number): JsonObject {
  return { input_tokens: inputTokens };
}
