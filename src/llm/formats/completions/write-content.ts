import { assertNever } from '../../../base/assert-never.ts';
import type { Drops } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block, DocumentBlock, ImageBlock, ToolResultBlock } from '../../pivot/request.ts';
import { writeDataUrl } from '../data-url.ts';

/** How drops name this API. */
export const TARGET = 'OpenAI Chat Completions';
/** OpenAI refuses a file without a name. */
const DEFAULT_NAME = 'document.pdf';

/** A user message's content: a string where it is one piece of text or nothing, else parts. */
export function writeUserContent(parts: readonly JsonObject[]): string | readonly JsonObject[] {
  const [only] = parts;
  if (only === undefined) return '';
  return parts.length === 1 && only['type'] === 'text' ? (only['text'] as string) : parts;
}

/** One part of a user message; null for what no user message can hold and `drops` lets go. @throws LlmBadRequest */
export function writePart(block: Exclude<Block, ToolResultBlock>, drops: Drops): JsonObject | null {
  if ('cache' in block) drops.hint('messages[].cache_control');
  switch (block.kind) {
    case 'text':
      return textPart(block.text);
    case 'refusal':
      return textPart(block.text);
    case 'image':
      return imagePart(block, drops);
    case 'document':
      return documentPart(block, drops);
    case 'audio':
      return { type: 'input_audio', input_audio: { data: block.data, format: block.format } };
    case 'thinking':
      drops.hint('messages[].thinking');
      return null;
    case 'toolCall':
      drops.meaning('messages[].tool_calls', TARGET, block);
      return null;
    default:
      return assertNever(block);
  }
}

function textPart(text: string): JsonObject {
  return { type: 'text', text };
}

function imagePart(block: ImageBlock, drops: Drops): JsonObject | null {
  const { source, detail } = block;
  if (source.kind === 'file') {
    drops.meaning('messages[].content[].source.file_id', TARGET, block);
    return null;
  }
  const url = source.kind === 'url' ? source.url : writeDataUrl(source);
  return { type: 'image_url', image_url: { url, ...(detail === undefined ? {} : { detail }) } };
}

function documentPart(block: DocumentBlock, drops: Drops): JsonObject | null {
  const { source, name } = block;
  switch (source.kind) {
    case 'text':
      return textPart(source.text);
    case 'file':
      return { type: 'file', file: { file_id: source.id } };
    case 'url':
      drops.meaning('messages[].content[].source.url', TARGET, block);
      return null;
    case 'base64':
      if (source.mediaType.startsWith('text/')) return textPart(Buffer.from(source.data, 'base64').toString('utf8'));
      return { type: 'file', file: { filename: name ?? DEFAULT_NAME, file_data: writeDataUrl(source) } };
    default:
      return assertNever(source);
  }
}
