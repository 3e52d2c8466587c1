import { randomToken } from '../../../base/random.ts';
import type { AnswerContext, JsonObject } from '../../pivot/format.ts';
import { freeformNames } from '../../pivot/freeform.ts';
import type { Block, ToolCallBlock } from '../../pivot/request.ts';
import type { PivotResponse } from '../../pivot/response.ts';
import { writeCallId } from './call-id.ts';
import { finishReasons } from './finish.ts';
import { writeThinking } from './thinking.ts';
import { writeUsage } from './usage.ts';

/** A new id of an answer, for upstreams that give none. */
export function newAnswerId(): string {
  return `chatcmpl-${randomToken(18)}`;
}

/** Writes a whole answer (`chat.completion`) with one choice. */
export function writeResponse(response: PivotResponse, context: AnswerContext): JsonObject {
  return {
    id: response.id === '' ? newAnswerId() : response.id,
    object: 'chat.completion',
    created: response.created > 0 ? response.created : context.now,
    model: response.model === '' ? context.model : response.model,
    choices: [
      {
        index: 0,
        message: writeMessage(response.blocks, freeformNames(context.request)),
        logprobs: null,
        finish_reason: finishReasons[response.stop],
      },
    ],
    ...(response.usage === null ? {} : { usage: writeUsage(response.usage) }),
  };
}

function writeCall({ id, name, input, signature }: ToolCallBlock, freeform: boolean): JsonObject {
  const callId = writeCallId(id, signature);
  if (freeform) return { id: callId, type: 'custom', custom: { name, input } };
  return { id: callId, type: 'function', function: { name, arguments: input === '' ? '{}' : input } };
}

/** Text is one string, whatever stood between its pieces; it is null where the answer is calls or a refusal only. */
function writeMessage(blocks: readonly Block[], freeform: ReadonlySet<string>): JsonObject {
  let text: string | null = null;
  let refusal: string | null = null;
  const calls: JsonObject[] = [];
  for (const block of blocks) {
    if (block.kind === 'text') text = (text ?? '') + block.text;
    else if (block.kind === 'refusal') refusal = (refusal ?? '') + block.text;
    else if (block.kind === 'toolCall') {
      calls.push(writeCall(block, freeform.has(block.name)));
    }
  }
  const silent = calls.length > 0 || refusal !== null;
  return {
    role: 'assistant',
    content: text ?? (silent ? null : ''),
    refusal,
    ...writeThinking(blocks),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}
