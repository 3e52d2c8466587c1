import type { AudioBlock, DocumentBlock, ImageBlock, Placed } from '../../pivot/request.ts';
import { normalMediaType } from '../data-url.ts';
import { target } from './write-context.ts';
import type { WriteContext, Written } from './write-context.ts';

const imageFormats: ReadonlyMap<string, string> = new Map([
  ['image/png', 'png'],
  ['image/jpeg', 'jpeg'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
]);

const documentFormats: ReadonlyMap<string, string> = new Map([
  ['application/pdf', 'pdf'],
  ['text/csv', 'csv'],
  ['application/msword', 'doc'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/vnd.ms-excel', 'xls'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
  ['text/html', 'html'],
  ['text/markdown', 'md'],
  ['application/json', 'txt'],
]);

/** `DocumentFormat` and `AudioFormat` of the service model; OpenAI's `pcm16` is what it calls `pcm`. */
const audioFormats: ReadonlyMap<string, string> = new Map(
  ['mp3', 'opus', 'wav', 'aac', 'flac', 'mp4', 'ogg', 'mkv', 'm4a', 'mpeg', 'webm', 'pcm']
    .map((format): [string, string] => [format, format])
    .concat([['pcm16', 'pcm']]),
);

/** What is in no bucket: Converse reads bytes and S3 objects, nothing else. */
const s3 = /^s3:\/\//;

/** Writes an image; null where it is left out. Throws LlmBadRequest through `drops` for what the API cannot take. */
export function writeImage(block: ImageBlock, context: WriteContext): Written | null {
  const { drops, facts } = context;
  const { source } = block;
  if (block.detail !== undefined && block.detail !== 'auto') drops.hint('messages[].image.detail');
  if (!facts.inputs.includes('image')) return refused('messages[].image', 'this model on Bedrock', block, context);
  if (source.kind === 'file') return refused('messages[].file_id', target, block, context);
  if (source.kind === 'url') {
    const format = imageFormats.get(source.mediaType ?? `image/${extensionOf(source.url)}`);
    if (!s3.test(source.url) || format === undefined) return refused('messages[].image.url', target, block, context);
    return { image: { format, source: { s3Location: { uri: source.url } } } };
  }
  const format = imageFormats.get(normalMediaType(source.mediaType));
  if (format === undefined) return refused('messages[].image.media_type', target, block, context);
  return { image: { format, source: { bytes: source.data } } };
}

/** Writes a document under a name of its own. Null and errors as {@link writeImage}. */
export function writeDocument(block: DocumentBlock, context: WriteContext): Written | null {
  const { documents, facts } = context;
  const { source } = block;
  if (source.kind === 'file') return refused('messages[].file_id', target, block, context);
  if (source.kind === 'text') {
    // Without documents of its own, a model can still read the text.
    if (!facts.inputs.includes('document')) return source.text.trim() === '' ? null : { text: source.text };
    if (source.text === '') return null;
    const bytes = Buffer.from(source.text).toString('base64');
    return { document: { format: 'txt', name: documents.next(block.name), source: { bytes } } };
  }
  if (!facts.inputs.includes('document'))
    return refused('messages[].document', 'this model on Bedrock', block, context);
  if (source.kind === 'url') {
    if (!s3.test(source.url)) return refused('messages[].document.url', target, block, context);
    const { mediaType } = source;
    const extension = extensionOf(source.url);
    const format =
      mediaType === undefined
        ? [...documentFormats.values()].find((known) => known === extension)
        : documentFormat(mediaType);
    if (format === undefined) return refused('messages[].document.url', target, block, context);
    return { document: { format, name: documents.next(block.name), source: { s3Location: { uri: source.url } } } };
  }
  const format = documentFormat(source.mediaType);
  if (format === undefined) return refused('messages[].document.media_type', target, block, context);
  return { document: { format, name: documents.next(block.name), source: { bytes: source.data } } };
}

/** Writes sound. Null and errors as {@link writeImage}. */
export function writeAudio(block: AudioBlock, context: WriteContext): Written | null {
  if (!context.facts.inputs.includes('audio')) {
    return refused('messages[].input_audio', 'this model on Bedrock', block, context);
  }
  const format = audioFormats.get(block.format.toLowerCase());
  if (format === undefined) return refused('messages[].input_audio.format', target, block, context);
  return { audio: { format, source: { bytes: block.data } } };
}

function documentFormat(mediaType: string): string | undefined {
  const type = normalMediaType(mediaType);
  return documentFormats.get(type) ?? (type.startsWith('text/') ? 'txt' : undefined);
}

function extensionOf(url: string): string {
  const extension = /\.([a-z0-9]+)$/i.exec(url)?.[1]?.toLowerCase() ?? '';
  return extension === 'jpg' ? 'jpeg' : extension;
}

function refused(path: string, by: string, block: Placed, { drops }: WriteContext): null {
  drops.meaning(path, by, block);
  return null;
}
