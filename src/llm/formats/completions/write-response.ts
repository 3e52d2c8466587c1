import { randomToken } from '../../../base/random.ts';
import type { AnswerContext, JsonObject } from '../../pivot/format.ts';
import type { Block } from '../../pivot/request.ts';
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
        message: writeMessage(response.blocks),
        logprobs: null,
        finish_reason: finishReasons[response.stop],
      },
    ],
    ...(response.usage === null ? {} : { usage: writeUsage(response.usage) }),
  };
}

/** Text is one string, whatever stood between its pieces; it is null where the answer is calls or a refusal only. */
function writeMessage(blocks: readonly Block[]): JsonObject {
  let text: string | null = null;
  let refusal: string | null = null;
  const calls: JsonObject[] = [];
  for (const block of blocks) {
    if (block.kind === 'text') text = (text ?? '') + block.text;
    else if (block.kind === 'refusal') refusal = (refusal ?? '') + block.text;
    else if (block.kind === 'toolCall') {
      const input = block.input === '' ? '{}' : block.input;
      const id = writeCallId(block.id, block.signature);
      calls.push({ id, type: 'function', function: { name: block.name, arguments: input } });
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
