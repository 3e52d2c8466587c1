import type { AudioBlock, DocumentBlock, ImageBlock, MediaSource, Placed } from '../../pivot/request.ts';
import { normalMediaType } from '../data-url.ts';
import type { Written } from './members.ts';
import { target, type WriteContext } from './write-context.ts';

type Media = ImageBlock | DocumentBlock | AudioBlock;

/** https://ai.google.dev/gemini-api/docs/image-understanding */
const imageTypes: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif']);

/** Where Google itself fetches from: Cloud Storage, its Files API, YouTube. */
const fetched =
  /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/|https:\/\/(?:www\.)?youtu(?:\.be|be\.com)\/)/;

const typesByEnd: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  heic: 'image/heic',
  heif: 'image/heif',
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  html: 'text/html',
  csv: 'text/csv',
  xml: 'text/xml',
};

/** Names of audio formats that are not the end of their media type. */
const audioTypes: Readonly<Record<string, string>> = { mpeg: 'audio/mp3', pcm16: 'audio/pcm' };

/** Writes an image, a document or audio as a part; null where it is left out. @throws LlmBadRequest through `drops` */
export function writeMedia(block: Media, context: WriteContext): Written | null {
  if (!context.facts.inputs.includes(block.kind)) return left(`messages[].${block.kind}`, block, context);
  switch (block.kind) {
    case 'image':
      return writeImage(block, context);
    case 'document':
      return writeDocument(block, context);
    case 'audio':
      return inline(audioTypes[block.format] ?? `audio/${block.format}`, block.data);
  }
}

function writeImage(block: ImageBlock, context: WriteContext): Written | null {
  const { source, detail } = block;
  if (detail !== undefined && detail !== 'auto') context.drops.hint('messages[].image.detail');
  if (source.kind !== 'base64') return writeReference(source, block, context);
  const type = normalMediaType(source.mediaType);
  return imageTypes.has(type) ? inline(type, source.data) : left('messages[].image.media_type', block, context);
}

function writeDocument(block: DocumentBlock, context: WriteContext): Written | null {
  const { source, name } = block;
  if (source.kind === 'text') return textDocument(source.text, name);
  if (source.kind !== 'base64') return writeReference(source, block, context);
  const type = normalMediaType(source.mediaType);
  if (type === 'application/pdf') return inline(type, source.data);
  if (type.startsWith('text/') || type === 'application/json') {
    return textDocument(Buffer.from(source.data, 'base64').toString(), name);
  }
  return left('messages[].document.media_type', block, context);
}

/** Text documents are told as text: every model reads it, and their name comes with it. */
function textDocument(text: string, name: string | undefined): Written | null {
  const said = name === undefined ? text : `${name}\n\n${text}`;
  return said === '' ? null : { text: said };
}

function writeReference(
  source: Extract<MediaSource, { kind: 'url' | 'file' }>,
  block: ImageBlock | DocumentBlock,
  context: WriteContext,
): Written | null {
  const { kind } = block;
  const uri = source.kind === 'url' ? source.url : source.id;
  if (!fetched.test(uri)) return left(`messages[].${kind}.${source.kind}`, block, context);
  const end = /\.([a-z0-9]+)$/i.exec(uri)?.[1]?.toLowerCase() ?? '';
  const guess = /youtu/.test(uri) ? 'video/mp4' : kind === 'image' ? 'image/jpeg' : 'application/pdf';
  return { fileData: { mimeType: source.mediaType ?? typesByEnd[end] ?? guess, fileUri: uri } };
}

function inline(mimeType: string, data: string): Written {
  return { inlineData: { mimeType, data } };
}

function left(path: string, block: Placed, { drops }: WriteContext): null {
  drops.meaning(path, target, block);
  return null;
}
