import type { AnswerContext, JsonObject } from '../../pivot/format.ts';
import type { Block } from '../../pivot/request.ts';
import type { PivotResponse } from '../../pivot/response.ts';
import { toSafeToken } from './safe-token.ts';
import { sealSignature } from './signature.ts';
import { writeStopReason } from './stop-reason.ts';
import { toolInput } from './tool-input.ts';
import { writeUsage } from './usage.ts';

/** Writes a Messages answer. */
export function writeResponse(response: PivotResponse, context: AnswerContext): JsonObject {
  const { blocks } = response;
  const hasCalls = blocks.some((block) => block.kind === 'toolCall');
  const hasRefusal = blocks.some((block) => block.kind === 'refusal');
  return {
    ...messageHead(response.id, response.model, context),
    content: blocks.map(writeBlock).filter((block) => block !== null),
    stop_reason: writeStopReason(response.stop, hasCalls, hasRefusal),
    stop_sequence: response.stopSequence,
    usage: writeUsage(response.usage),
  };
}

/** The first members of a message; the client's name of the model and an id of the time where an upstream has none. */
export function messageHead(id: string, model: string, context: AnswerContext): JsonObject {
  return {
    id: id === '' ? `msg_${context.now}` : id,
    type: 'message',
    role: 'assistant',
    model: model === '' ? context.model : model,
  };
}

function writeBlock(block: Block): JsonObject | null {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return block.text === '' ? null : { type: 'text', text: block.text, citations: null };
    case 'thinking':
      if (block.redacted !== undefined) {
        return { type: 'redacted_thinking', data: sealSignature(block.vendor, block.redacted) };
      }
      return { type: 'thinking', thinking: block.text, signature: sealSignature(block.vendor, block.signature) };
    case 'toolCall':
      return {
        type: 'tool_use',
        id: toSafeToken(block.id),
        name: toSafeToken(block.name),
        // Arguments that were cut off or are no object cannot be said here; `stop_reason` tells of a cut.
        input: toolInput(block.input) ?? {},
      };
    case 'image':
    case 'document':
    case 'audio':
    case 'toolResult':
      return null;
  }
}
