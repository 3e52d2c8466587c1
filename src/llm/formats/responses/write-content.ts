import { assertNever } from '../../../base/assert-never.ts';
import type { Drops } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block, DocumentBlock, ImageBlock } from '../../pivot/request.ts';
import { writeDataUrl } from '../data-url.ts';

/** Who a translated request is for, in errors. */
export const TARGET = 'OpenAI Responses';
/** OpenAI refuses the bytes of a file without a name. */
const DEFAULT_NAME = 'document.pdf';
const DETAILS: ReadonlySet<string> = new Set(['low', 'high', 'auto', 'original']);

/** One part of what a user says, or of a result; null for what none can hold and `drops` lets go. @throws LlmBadRequest */
export function writePart(block: Block, drops: Drops): JsonObject | null {
  const part = partOf(block, drops);
  if (part === null || !('cache' in block)) return part;
  drops.hint('messages[].cache_control');
  return part;
}

function partOf(block: Block, drops: Drops): JsonObject | null {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return block.text === '' ? null : textPart(block.text);
    case 'image':
      return imagePart(block, drops);
    case 'document':
      return documentPart(block);
    case 'audio':
      drops.meaning('messages[].content[].input_audio', TARGET, block);
      return null;
    case 'thinking':
      drops.hint('messages[].thinking');
      return null;
    case 'toolCall':
      drops.meaning('messages[].tool_calls', `user messages of ${TARGET}`, block);
      return null;
    case 'toolResult':
      drops.meaning('messages[].content[].content', `tool results of ${TARGET}`, block);
      return null;
    default:
      return assertNever(block);
  }
}

export function textPart(text: string): JsonObject {
  return { type: 'input_text', text };
}

function imagePart({ source, detail }: ImageBlock, drops: Drops): JsonObject {
  const known = detail === undefined || DETAILS.has(detail);
  if (!known) drops.hint('messages[].content[].detail');
  const head = { type: 'input_image', detail: known ? (detail ?? 'auto') : 'auto' };
  if (source.kind === 'file') return { ...head, file_id: source.id };
  return { ...head, image_url: source.kind === 'url' ? source.url : writeDataUrl(source) };
}

function documentPart({ source, name }: DocumentBlock): JsonObject {
  switch (source.kind) {
    case 'text':
      return textPart(source.text);
    case 'file':
      return { type: 'input_file', file_id: source.id };
    case 'url':
      return { type: 'input_file', file_url: source.url };
    case 'base64':
      if (source.mediaType.startsWith('text/')) return textPart(Buffer.from(source.data, 'base64').toString('utf8'));
      return { type: 'input_file', filename: name ?? DEFAULT_NAME, file_data: writeDataUrl(source) };
    default:
      return assertNever(source);
  }
}
