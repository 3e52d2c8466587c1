import type { AnswerContext, JsonObject } from '../../pivot/format.ts';
import type { Block, ToolCallBlock } from '../../pivot/request.ts';
import type { PivotResponse } from '../../pivot/response.ts';
import { AnswerFrame, incompleteReason } from './answer-frame.ts';
import { callItem, messageItem, messagePart, reasoningId, reasoningItem, signatureItem } from './output-items.ts';
import { ClientTools } from './tool-names.ts';

/** Writes a whole answer (`response`). */
export function writeResponse(response: PivotResponse, context: AnswerContext): JsonObject {
  const frame = new AnswerFrame(response.id, response.model, response.created, context);
  const reason = incompleteReason(response.stop);
  const output = writeOutput(response.blocks, frame, new ClientTools(context));
  const last = output.at(-1);
  if (reason !== null && last?.['status'] !== undefined) output[output.length - 1] = { ...last, status: 'incomplete' };
  return frame.response({
    status: reason === null ? 'completed' : 'incomplete',
    output,
    usage: response.usage,
    incompleteReason: reason,
    error: null,
  });
}

/** Texts and refusals in a row are parts of one message. */
function writeOutput(blocks: readonly Block[], frame: AnswerFrame, tools: ClientTools): JsonObject[] {
  const output: JsonObject[] = [];
  let parts: JsonObject[] | null = null;
  for (const block of blocks) {
    if (block.kind === 'text' || block.kind === 'refusal') {
      if (parts === null) {
        parts = [];
        output.push(messageItem(frame.itemId('msg', output.length), 'completed', parts));
      }
      parts.push(messagePart(block.kind, block.text));
      continue;
    }
    parts = null;
    if (block.kind === 'thinking') {
      output.push(reasoningItem(reasoningId(frame.itemId('rs', output.length), block), block));
    } else if (block.kind === 'toolCall') {
      if (block.signature !== undefined) {
        output.push(signatureItem(frame.itemId('rs', output.length), block.signature));
      }
      output.push(writeCall(block, frame, output.length, tools));
    }
  }
  return output;
}

function writeCall(call: ToolCallBlock, frame: AnswerFrame, index: number, tools: ClientTools): JsonObject {
  const tool = tools.find(call.name);
  const id = frame.itemId(tool.freeform ? 'ctc' : 'fc', index);
  // A call without input is one of an empty object: '' is no JSON.
  const input = call.input === '' && !tool.freeform ? '{}' : call.input;
  return callItem({ id, callId: call.id }, 'completed', tool, input);
}
