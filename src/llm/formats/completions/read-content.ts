import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { AudioBlock, Block, CacheHint, DocumentBlock, Extra, ImageBlock, TextBlock } from '../../pivot/request.ts';
import { isDataUrl, parseDataUrl } from '../data-url.ts';
import { optionalObject, optionalString, refuse, requiredObject, requiredString } from './fields.ts';
import { thinkingPartText } from './thinking.ts';

const DEFAULT_FILE_TYPE = 'application/pdf';
/** Members that every part may have. */
const SHARED = ['type', 'cache_control', 'prompt_cache_breakpoint'];

/** Part type → the member that holds its content, and how it is read. */
const PARTS: ReadonlyMap<string, { readonly member: string; read(part: JsonObject, path: string): Block }> = new Map([
  ['text', { member: 'text', read: readText }],
  ['refusal', { member: 'refusal', read: readRefusal }],
  ['thinking', { member: 'thinking', read: readThinkingPart }],
  ['image_url', { member: 'image_url', read: readImage }],
  ['input_audio', { member: 'input_audio', read: readAudio }],
  ['file', { member: 'file', read: readFile }],
]);

/**
 * Reads a message's `content`: a string, parts, or nothing. Empty text is left out: providers refuse it and it says
 * nothing.
 *
 * @param messageCache Marks the last part, as `cache_control` of the message does.
 */
export function readContent(content: unknown, path: string, messageCache: unknown, extras: Extra[]): Block[] {
  const blocks = typeof content === 'string' ? textBlocks(content) : readParts(content, path, extras);
  const cache = readCache(messageCache, `${path}.cache_control`);
  const last = blocks.at(-1);
  if (cache !== null && last !== undefined && last.kind !== 'thinking' && last.kind !== 'refusal') {
    blocks[blocks.length - 1] = { ...last, cache } as Block;
  }
  return blocks;
}

/** As {@link readContent}, where only text may stand. */
export function readTextContent(content: unknown, path: string, messageCache: unknown, extras: Extra[]): TextBlock[] {
  return readContent(content, path, messageCache, extras).map((block) =>
    block.kind === 'text' ? block : refuse(path, 'text'),
  );
}

/** A cache hint (`cache_control`), or null. @throws LlmBadRequest */
export function readCache(value: unknown, path: string): CacheHint | null {
  const control = optionalObject(value, path);
  if (control === null) return null;
  const ttl = optionalString(control['ttl'], `${path}.ttl`);
  return ttl === null ? {} : { ttl };
}

function textBlocks(text: string): Block[] {
  return text === '' ? [] : [{ kind: 'text', text }];
}

function readParts(content: unknown, path: string, extras: Extra[]): Block[] {
  if (content === null || content === undefined) return [];
  if (!Array.isArray(content)) return refuse(path, 'a string or an array of parts');
  const blocks: Block[] = [];
  for (const [index, value] of content.entries()) {
    const block = readPart(value, `${path}[${index}]`, extras);
    if (block.kind !== 'text' || block.text !== '') blocks.push(block);
  }
  return blocks;
}

function readPart(value: unknown, path: string, extras: Extra[]): Block {
  if (typeof value === 'string') return { kind: 'text', text: value };
  const part = requiredObject(value, path);
  const type = requiredString(part['type'], `${path}.type`);
  const row = PARTS.get(type);
  if (row === undefined) {
    const known = [...PARTS.keys()].join(', ');
    throw new LlmBadRequest(`${path}.type "${type}" is not known: it is one of ${known}`, `${path}.type`);
  }
  for (const [name, extra] of Object.entries(part)) {
    if (name === row.member || SHARED.includes(name) || extra === null) continue;
    extras.push({ path: `${path}.${name}`, value: extra, kind: 'hint' });
  }
  const block = row.read(part, path);
  const cache =
    readCache(part['cache_control'], `${path}.cache_control`) ??
    (optionalObject(part['prompt_cache_breakpoint'], `${path}.prompt_cache_breakpoint`) === null ? null : {});
  return cache === null ? block : ({ ...block, cache } as Block);
}

function readText(part: JsonObject, path: string): Block {
  return { kind: 'text', text: optionalString(part['text'], `${path}.text`) ?? refuse(`${path}.text`, 'a string') };
}

function readRefusal(part: JsonObject, path: string): Block {
  return { kind: 'refusal', text: requiredString(part['refusal'], `${path}.refusal`) };
}

function readThinkingPart(part: JsonObject): Block {
  return { kind: 'thinking', text: thinkingPartText(part), vendor: 'mistral' };
}

function readImage(part: JsonObject, path: string): ImageBlock {
  const value = part['image_url'];
  const image = typeof value === 'string' ? { url: value } : requiredObject(value, `${path}.image_url`);
  const urlPath = `${path}.image_url.url`;
  const url = requiredString(image['url'], urlPath);
  const detail = optionalString(image['detail'], `${path}.image_url.detail`);
  const source = isDataUrl(url) ? base64Source(url, urlPath) : ({ kind: 'url', url } as const);
  return { kind: 'image', source, ...(detail === null ? {} : { detail }), at: `${path}.image_url` };
}

function readAudio(part: JsonObject, path: string): AudioBlock {
  const audio = requiredObject(part['input_audio'], `${path}.input_audio`);
  const data = requiredString(audio['data'], `${path}.input_audio.data`);
  const format = requiredString(audio['format'], `${path}.input_audio.format`);
  // The API wants bare base64; some clients send a data URL all the same.
  const bare = isDataUrl(data) ? base64Source(data, `${path}.input_audio.data`).data : data;
  return { kind: 'audio', data: bare, format, at: `${path}.input_audio` };
}

function readFile(part: JsonObject, path: string): DocumentBlock {
  const file = requiredObject(part['file'], `${path}.file`);
  const name = optionalString(file['filename'], `${path}.file.filename`);
  return {
    kind: 'document',
    source: fileSource(file, `${path}.file`),
    ...(name === null ? {} : { name }),
    at: `${path}.file`,
  };
}

function fileSource(file: JsonObject, path: string): DocumentBlock['source'] {
  const id = optionalString(file['file_id'], `${path}.file_id`);
  if (id !== null) return { kind: 'file', id };
  const data = requiredString(file['file_data'], `${path}.file_data`);
  if (isDataUrl(data)) return base64Source(data, `${path}.file_data`);
  if (/^https?:\/\//i.test(data)) return { kind: 'url', url: data };
  return { kind: 'base64', mediaType: DEFAULT_FILE_TYPE, data };
}

function base64Source(url: string, path: string): { kind: 'base64'; mediaType: string; data: string } {
  const parsed = parseDataUrl(url);
  return parsed === null ? refuse(path, 'a well-formed data URL') : { kind: 'base64', ...parsed };
}
