import { randomToken } from '../../../base/random.ts';
import type { AnswerContext, JsonObject } from '../../pivot/format.ts';
import type { Block } from '../../pivot/request.ts';
import type { PivotResponse } from '../../pivot/response.ts';
import { ClientParts } from './client-parts.ts';
import { writeFinishReason } from './finish-reason.ts';
import type { Written } from './members.ts';
import { writeUsage } from './usage.ts';

/** Writes a GenerateContentResponse. */
export function writeResponse(response: PivotResponse, context: AnswerContext): JsonObject {
  const parts = new ClientParts(context.body);
  const written: Written[] = [];
  for (const block of response.blocks) {
    const part = writeBlock(block, parts);
    if (part !== null) written.push(part);
  }
  return {
    ...writeCandidate(written, writeFinishReason(response.stop)),
    ...(response.usage === null ? {} : { usageMetadata: writeUsage(response.usage) }),
    ...answerTail(response.id, response.model, context),
  };
}

/** The one candidate of an answer or of a chunk; its parts are never none, which clients read without asking. */
export function writeCandidate(parts: readonly Written[], finishReason: string | null): JsonObject {
  const content = { parts: parts.length === 0 ? [{ text: '' }] : parts, role: 'model' };
  return { candidates: [{ content, ...(finishReason === null ? {} : { finishReason }), index: 0 }] };
}

/** The last members of an answer: the client's name of the model and an id of ours where an upstream has none. */
export function answerTail(id: string, model: string, context: AnswerContext): JsonObject {
  return {
    modelVersion: model === '' ? context.model : model,
    responseId: id === '' ? randomToken(12) : id,
  };
}

function writeBlock(block: Block, parts: ClientParts): Written | null {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return block.text === '' ? null : parts.text(block.text);
    case 'thinking':
      return parts.thought(block);
    case 'toolCall':
      return parts.call(block.id, block.name, block.input, block.signature);
    case 'image':
      return block.source.kind === 'base64'
        ? { inlineData: { mimeType: block.source.mediaType, data: block.source.data } }
        : null;
    case 'document':
    case 'audio':
    case 'toolResult':
      return null;
  }
}
