import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block, CacheHint, DocumentBlock, MediaSource } from '../../pivot/request.ts';
import type { Extras } from './extras.ts';
import { arrayAt, isAbsent, objectAt, stringAt } from './members.ts';

/** A `cache` member, or nothing. */
type Cache = { readonly cache?: CacheHint };

/** Reads the `source` of an image or a document: base64, url or file. Throws LlmBadRequest that names `path`. */
export function readSource(value: unknown, path: string): MediaSource {
  const source = objectAt(value, path);
  switch (source['type']) {
    case 'base64': {
      const mediaType = stringAt(source['media_type'], `${path}.media_type`);
      return { kind: 'base64', mediaType, data: stringAt(source['data'], `${path}.data`) };
    }
    case 'url':
      return { kind: 'url', url: stringAt(source['url'], `${path}.url`) };
    case 'file':
      return { kind: 'file', id: stringAt(source['file_id'], `${path}.file_id`) };
    default:
      throw new LlmBadRequest(`${path}.type is not known`, `${path}.type`);
  }
}

/** Reads a `document`. One that is made of content blocks becomes text, or its blocks where it has images. */
export function readDocument(block: JsonObject, path: string, cache: Cache, extras: Extras): readonly Block[] {
  extras.meaning(`${path}.context`, block['context']);
  const title = block['title'];
  const name = isAbsent(title) ? {} : { name: stringAt(title, `${path}.title`) };
  const source = objectAt(block['source'], `${path}.source`);
  if (source['type'] === 'text') {
    const text = stringAt(source['data'], `${path}.source.data`);
    return [{ kind: 'document', source: { kind: 'text', text }, ...name, ...cache, at: path }];
  }
  if (source['type'] !== 'content') {
    return [{ kind: 'document', source: readSource(source, `${path}.source`), ...name, ...cache, at: path }];
  }
  const parts = readParts(source['content'], `${path}.source.content`);
  if (parts.some((part) => part.kind === 'image')) return withCache(parts, cache);
  return [{ kind: 'document', source: { kind: 'text', text: joined(parts) }, ...name, ...cache, at: path }];
}

/** Reads a `search_result` as a document that begins with where it was found. */
export function readSearchResult(block: JsonObject, path: string, cache: Cache): DocumentBlock {
  const text = joined(readParts(block['content'], `${path}.content`));
  const from = stringAt(block['source'], `${path}.source`);
  const name = stringAt(block['title'], `${path}.title`);
  return { kind: 'document', source: { kind: 'text', text: `Source: ${from}\n\n${text}` }, name, ...cache, at: path };
}

type Part = Extract<Block, { kind: 'text' | 'image' }>;

function readParts(value: unknown, path: string): readonly Part[] {
  if (typeof value === 'string') return [{ kind: 'text', text: value }];
  return arrayAt(value, path).map((item, index): Part => {
    const at = `${path}[${index}]`;
    const part = objectAt(item, at);
    if (part['type'] === 'text') return { kind: 'text', text: stringAt(part['text'], `${at}.text`) };
    if (part['type'] === 'image') return { kind: 'image', source: readSource(part['source'], `${at}.source`), at };
    throw new LlmBadRequest(`${at}.type must be "text" or "image"`, `${at}.type`);
  });
}

function joined(parts: readonly Part[]): string {
  return parts.map((part) => (part.kind === 'text' ? part.text : '')).join('\n\n');
}

function withCache(parts: readonly Part[], cache: Cache): readonly Part[] {
  return parts.map((part, index) => (index === parts.length - 1 ? { ...part, ...cache } : part));
}
