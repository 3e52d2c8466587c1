import { assertNever } from '../../../base/assert-never.ts';
import type { JsonObject, RequestContext } from '../../pivot/format.ts';
import type { Block, DocumentBlock, ImageBlock, ToolResultBlock } from '../../pivot/request.ts';
import { writeDataUrl } from '../data-url.ts';
import { target } from './target.ts';

/** A message's content: a string where it is text alone, else parts. */
export function writeContent(parts: readonly JsonObject[]): string | readonly JsonObject[] {
  const [only] = parts;
  return parts.length === 1 && only?.['type'] === 'text' ? String(only['text']) : parts;
}

/**
 * One part of a user message; null for what says nothing, and for what no user message can hold and `drops` lets go.
 *
 * @throws LlmBadRequest through `drops`
 */
export function writePart(block: Exclude<Block, ToolResultBlock>, context: RequestContext): JsonObject | null {
  const { drops } = context;
  if ('cache' in block) drops.hint('messages[].cache_control');
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return textPart(block.text);
    case 'image':
      return imagePart(block, context);
    case 'document':
      return documentPart(block, context);
    case 'audio':
      drops.meaning('messages[].input_audio', target, block);
      return null;
    case 'thinking':
      drops.hint('messages[].thinking');
      return null;
    case 'toolCall':
      drops.meaning('messages[].tool_calls', `user messages of ${target}`, block);
      return null;
    default:
      return assertNever(block);
  }
}

function textPart(text: string): JsonObject | null {
  return text.trim() === '' ? null : { type: 'text', text };
}

function imagePart(block: ImageBlock, { drops, facts }: RequestContext): JsonObject | null {
  const { source, detail } = block;
  if (!facts.inputs.includes('image')) {
    drops.meaning('messages[].image', 'this model of Cohere', block);
    return null;
  }
  if (source.kind === 'file') {
    drops.meaning('messages[].file_id', target, block);
    return null;
  }
  const url = source.kind === 'url' ? source.url : writeDataUrl(source);
  const known = detail === 'auto' || detail === 'low' || detail === 'high';
  if (detail !== undefined && !known) drops.hint('messages[].image.detail');
  return { type: 'image_url', image_url: { url, ...(known ? { detail } : {}) } };
}

/** Cohere's documents belong to the whole request and are cited; one that stands in a message stays there, as text. */
function documentPart(block: DocumentBlock, { drops }: RequestContext): JsonObject | null {
  const { source } = block;
  if (source.kind === 'text') return textPart(source.text);
  const type = source.kind === 'base64' ? source.mediaType.toLowerCase() : '';
  if (source.kind === 'base64' && (type.startsWith('text/') || type === 'application/json')) {
    return textPart(Buffer.from(source.data, 'base64').toString('utf8'));
  }
  drops.meaning('messages[].document', target, block);
  return null;
}
