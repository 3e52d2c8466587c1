import { writeCountRequest as writeConverse, readCount as readConverse } from '../../formats/converse/count-tokens.ts';
import * as gemini from '../../formats/generate-content/count-tokens.ts';
import { generateContentFormat } from '../../formats/generate-content/generate-content.ts';
import { messagesFormat } from '../../formats/messages/messages.ts';
import { readError } from '../../formats/completions/errors.ts';
import type { ClientFormat, JsonObject, RequestContext, RequestLine } from '../../pivot/format.ts';
import type { PivotRequest } from '../../pivot/request.ts';
import type { OperationExchange } from '../operation-exchange.ts';

/** A question for the number of tokens, as clients ask it. */
export type CountType = 'anthropicTokenCount' | 'geminiCountTokens';

/** How an upstream counts: in Anthropic's API, in one of Google's, or in Converse's. */
export type Counter = 'anthropicTokenCount' | 'gemini' | 'vertex' | 'converse';

interface CountApi {
  /** The chat API that the question belongs to. */
  readonly chat: ClientFormat;
  read(body: JsonObject, line: RequestLine): PivotRequest;
  write(tokens: number): JsonObject;
}

const apis: Readonly<Record<CountType, CountApi>> = {
  anthropicTokenCount: {
    chat: messagesFormat,
    // A question for tokens has no limit of the answer, which a request must have.
    read: (body, line) => messagesFormat.readRequest({ ...body, max_tokens: body['max_tokens'] ?? 1 }, line),
    write: (tokens) => ({ input_tokens: tokens }),
  },
  geminiCountTokens: { chat: generateContentFormat, read: gemini.readCountRequest, write: gemini.writeCount },
};

/** Members of a Messages request that a question for its tokens has (`@anthropic-ai/sdk` 1.12, MessageCountTokensParams). */
const countedMembers = ['model', 'tools', 'tool_choice', 'thinking', 'output_config', 'system', 'messages'];

/** The request that a client wants counted. Throws LlmBadRequest. */
export function readCounted(type: CountType, body: JsonObject, line: RequestLine): PivotRequest {
  return apis[type].read(body, line);
}

/** The answer to a client. */
export function writeCounted(type: CountType, tokens: number): JsonObject {
  return apis[type].write(tokens);
}

/** A question for tokens in the words of another API. Throws LlmBadRequest. */
export function planCount(
  type: CountType,
  request: PivotRequest,
  counter: Counter,
  context: RequestContext,
): OperationExchange {
  return {
    bodies: [writeQuestion(request, counter, context)],
    answer([reply]) {
      const body = reply?.body ?? {};
      const tokens = readAnswer(counter, body);
      if (tokens === null) throw new SyntaxError("the upstream's answer has no count of tokens");
      return { body: apis[type].write(tokens), estimated: false };
    },
    error: (status, text) => apis[type].chat.writeError(readError(status, text)),
  };
}

function writeQuestion(request: PivotRequest, counter: Counter, context: RequestContext): JsonObject {
  if (counter === 'converse') return writeConverse(request, context);
  if (counter !== 'anthropicTokenCount') return gemini.writeCountRequest(request, context, counter);
  const whole = messagesFormat.writeRequest(request, context);
  return Object.fromEntries(Object.entries(whole).filter(([name]) => countedMembers.includes(name)));
}

function readAnswer(counter: Counter, body: JsonObject): number | null {
  if (counter === 'converse') return readConverse(body);
  if (counter !== 'anthropicTokenCount') return gemini.readCount(body);
  const tokens = body['input_tokens'];
  return typeof tokens === 'number' ? tokens : null;
}
