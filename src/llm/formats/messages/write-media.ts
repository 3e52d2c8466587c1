import type { DocumentBlock, ImageBlock } from '../../pivot/request.ts';
import type { Written } from './cache-marks.ts';
import { target } from './write-context.ts';
import type { WriteContext } from './write-context.ts';

const imageTypes: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

/** Files that the Files API of Anthropic made; another provider's it cannot read. */
const ownFile = /^file_/;

/** Writes an image; null where it is left out. Throws LlmBadRequest through `drops` for what the API cannot take. */
export function writeImage(block: ImageBlock, context: WriteContext): Written | null {
  const { source } = block;
  if (block.detail !== undefined && block.detail !== 'auto') context.drops.hint('messages[].image.detail');
  if (source.kind === 'url') return mark({ type: 'image', source: { type: 'url', url: source.url } }, block, context);
  if (source.kind === 'file') return writeFile('image', source.id, block, context);
  const mediaType = source.mediaType.toLowerCase() === 'image/jpg' ? 'image/jpeg' : source.mediaType.toLowerCase();
  if (!imageTypes.has(mediaType)) {
    context.drops.meaning('messages[].image.media_type', target, block);
    return null;
  }
  return mark({ type: 'image', source: base64(mediaType, source.data) }, block, context);
}

/** Writes a document: PDF as it is, text decoded. Null and errors as {@link writeImage}. */
export function writeDocument(block: DocumentBlock, context: WriteContext): Written | null {
  const { source } = block;
  if (source.kind === 'text')
    return document({ type: 'text', media_type: 'text/plain', data: source.text }, block, context);
  if (source.kind === 'url') return document({ type: 'url', url: source.url }, block, context);
  if (source.kind === 'file') return writeFile('document', source.id, block, context);
  const mediaType = source.mediaType.toLowerCase();
  if (mediaType === 'application/pdf') return document(base64(mediaType, source.data), block, context);
  if (mediaType.startsWith('text/') || mediaType === 'application/json') {
    const data = Buffer.from(source.data, 'base64').toString();
    return document({ type: 'text', media_type: 'text/plain', data }, block, context);
  }
  context.drops.meaning('messages[].document.media_type', target, block);
  return null;
}

function document(source: Written, block: DocumentBlock, context: WriteContext): Written {
  const title = block.name === undefined ? {} : { title: block.name };
  return mark({ type: 'document', source, ...title }, block, context);
}

function writeFile(
  type: 'image' | 'document',
  id: string,
  block: ImageBlock | DocumentBlock,
  context: WriteContext,
): Written | null {
  if (!ownFile.test(id)) {
    context.drops.meaning('messages[].file_id', target, block);
    return null;
  }
  return mark({ type, source: { type: 'file', file_id: id } }, block, context);
}

function base64(mediaType: string, data: string): Written {
  return { type: 'base64', media_type: mediaType, data };
}

function mark(written: Written, block: ImageBlock | DocumentBlock, context: WriteContext): Written {
  return context.marks.mark(written, block.cache);
}
