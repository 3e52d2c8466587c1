import type { GatewayError } from '../../base/errors.ts';
import type { LlmRouteType } from '../../model/llm.ts';
import { errorTypeOf, type LlmReply } from '../answer.ts';
import type { ClientFormat, JsonObject } from '../pivot/format.ts';
import type { PivotError } from '../pivot/response.ts';
import { ownMember } from '../pivot/own-members.ts';
import { completionsFormat } from './completions/completions.ts';
import { chatFormat } from './table.ts';

/** Whose clients ask what is no chat: their errors are those of the chat API beside it. */
const besides: Partial<Record<LlmRouteType, LlmRouteType>> = {
  anthropicTokenCount: 'messages',
  geminiCountTokens: 'generateContent',
};

/** Cohere's clients read `message` alone. */
const cohereErrors = { writeError: ({ message }: PivotError): JsonObject => ({ message }) };

function errorFormat(type: LlmRouteType): Pick<ClientFormat, 'writeError'> | null {
  return type === 'rerank' ? cohereErrors : chatFormat(besides[type] ?? type);
}

/** What clients of `type` call the members that a refusal or a drop names in the pivot's words. */
export function ownNames(type: LlmRouteType, body: JsonObject): (member: string) => string {
  const table = chatFormat(besides[type] ?? type)?.ownMembers ?? {};
  return (member) => ownMember(table, body, member);
}

/** An error answer of ours, which is OpenAI-shaped, in the shape that clients of `type` expect. */
export function refusalFor(type: LlmRouteType, reply: LlmReply): LlmReply {
  const format = errorFormat(type);
  if (format === null || format === completionsFormat) return reply;
  const error = completionsFormat.readError(reply.status, reply.body);
  return { ...reply, body: JSON.stringify(format.writeError(error)) };
}

/** How an error of the gateway is said to clients of `type`; null: as to any OpenAI client. */
export function gatewayErrorBody(type: LlmRouteType): ((error: GatewayError) => JsonObject) | null {
  const format = errorFormat(type);
  if (format === null || format === completionsFormat) return null;
  return ({ status, message, reason }) =>
    format.writeError({ status, type: errorTypeOf(status), message, code: reason, param: null });
}
