import { randomToken } from '../../../base/random.ts';
import type { AnswerContext, JsonObject } from '../../pivot/format.ts';
import type { Block, ToolCallBlock } from '../../pivot/request.ts';
import type { PivotResponse } from '../../pivot/response.ts';
import { toSafeToken } from './safe-token.ts';
import { sealSignature } from '../../pivot/signature.ts';
import { writeSignature } from './signature.ts';
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
    content: blocks.flatMap(writeBlock),
    stop_reason: writeStopReason(response.stop, hasCalls, hasRefusal),
    stop_sequence: response.stopSequence,
    usage: writeUsage(response.usage),
  };
}

/** The first members of a message; the client's name of the model and an id of ours where an upstream has none. */
export function messageHead(id: string, model: string, context: Pick<AnswerContext, 'model'>): JsonObject {
  return {
    id: id === '' ? `msg_${randomToken(18)}` : id,
    type: 'message',
    role: 'assistant',
    model: model === '' ? context.model : model,
  };
}

function writeBlock(block: Block): readonly JsonObject[] {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return block.text === '' ? [] : [{ type: 'text', text: block.text, citations: null }];
    case 'thinking':
      if (block.redacted !== undefined) {
        return [{ type: 'redacted_thinking', data: writeSignature(block.vendor, block.redacted) }];
      }
      return [{ type: 'thinking', thinking: block.text, signature: writeSignature(block.vendor, block.signature) }];
    case 'toolCall':
      return writeCall(block);
    case 'image':
    case 'document':
    case 'audio':
    case 'toolResult':
      return [];
  }
}

/** A call has no place for its signature: a block of reasoning without text before it has. */
function writeCall({ id, name, input, signature }: ToolCallBlock): readonly JsonObject[] {
  // Arguments that were cut off or are no object cannot be said here; `stop_reason` tells of a cut.
  const call = { type: 'tool_use', id: toSafeToken(id), name, input: toolInput(input) ?? {} };
  if (signature === undefined) return [call];
  return [{ type: 'thinking', thinking: '', signature: sealSignature({ ...signature, of: 'call' }) }, call];
}
