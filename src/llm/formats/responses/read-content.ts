import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { AudioBlock, Block, DocumentBlock, ImageBlock } from '../../pivot/request.ts';
import { optionalObject, optionalString, refuse, requiredObject, requiredString } from '../completions/fields.ts';
import { isDataUrl, parseDataUrl } from '../data-url.ts';

/** What a file is that says its bytes only. */
const DEFAULT_FILE_TYPE = 'application/pdf';

/** Part type → how it is read. */
const PARTS: ReadonlyMap<string, (part: JsonObject, path: string) => Block> = new Map([
  ['input_text', readText],
  ['output_text', readText],
  ['text', readText],
  ['refusal', readRefusal],
  ['input_image', readImage],
  ['input_file', readFile],
  ['input_audio', readAudio],
]);

/**
 * Reads `content` of a message, or `output` of a call: a string or parts. Empty text is left out: providers refuse it and
 * it says nothing.
 *
 * @throws LlmBadRequest
 */
export function readContent(content: unknown, path: string): Block[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) return refuse(path, 'a string or an array of parts');
  return content
    .map((part, index) => readPart(part, `${path}[${index}]`))
    .filter((block) => block.kind !== 'text' || block.text !== '');
}

function readPart(value: unknown, path: string): Block {
  const part = requiredObject(value, path);
  const type = requiredString(part['type'], `${path}.type`);
  const read = PARTS.get(type);
  if (read === undefined) {
    const known = [...PARTS.keys()].filter((one) => one !== 'text').join(', ');
    throw new LlmBadRequest(`${path}.type "${type}" is not known: it is one of ${known}`, `${path}.type`);
  }
  const block = read(part, path);
  const breakpoint = optionalObject(part['prompt_cache_breakpoint'], `${path}.prompt_cache_breakpoint`);
  return breakpoint === null ? block : ({ ...block, cache: {} } as Block);
}

function readText(part: JsonObject, path: string): Block {
  return { kind: 'text', text: optionalString(part['text'], `${path}.text`) ?? refuse(`${path}.text`, 'a string') };
}

function readRefusal(part: JsonObject, path: string): Block {
  return { kind: 'refusal', text: requiredString(part['refusal'], `${path}.refusal`) };
}

function readImage(part: JsonObject, path: string): ImageBlock {
  const detail = optionalString(part['detail'], `${path}.detail`);
  const said = detail === null || detail === 'auto' ? {} : { detail };
  const id = optionalString(part['file_id'], `${path}.file_id`);
  if (id !== null) return { kind: 'image', source: { kind: 'file', id }, ...said, at: path };
  const urlPath = `${path}.image_url`;
  const url = requiredString(part['image_url'], urlPath);
  if (!isDataUrl(url)) return { kind: 'image', source: { kind: 'url', url }, ...said, at: path };
  const data = parseDataUrl(url) ?? refuse(urlPath, 'a data URL in base64, or an http(s) URL');
  return { kind: 'image', source: { kind: 'base64', ...data }, ...said, at: path };
}

function readFile(part: JsonObject, path: string): DocumentBlock {
  const name = optionalString(part['filename'], `${path}.filename`);
  const named = name === null || name === '' ? {} : { name };
  const id = optionalString(part['file_id'], `${path}.file_id`);
  if (id !== null) return { kind: 'document', source: { kind: 'file', id }, ...named, at: path };
  const url = optionalString(part['file_url'], `${path}.file_url`);
  if (url !== null) return { kind: 'document', source: { kind: 'url', url }, ...named, at: path };
  const dataPath = `${path}.file_data`;
  const text = requiredString(part['file_data'], dataPath);
  const dataUrl = isDataUrl(text) ? text : `data:${DEFAULT_FILE_TYPE};base64,${text}`;
  const data = parseDataUrl(dataUrl) ?? refuse(dataPath, 'a data URL or base64');
  return { kind: 'document', source: { kind: 'base64', ...data }, ...named, at: path };
}

function readAudio(part: JsonObject, path: string): AudioBlock {
  const audio = requiredObject(part['input_audio'], `${path}.input_audio`);
  return {
    kind: 'audio',
    data: requiredString(audio['data'], `${path}.input_audio.data`),
    format: requiredString(audio['format'], `${path}.input_audio.format`),
    at: path,
  };
}
