import type { JsonObject } from '../../pivot/format.ts';
import type { Block, MediaSource } from '../../pivot/request.ts';
import { normalMediaType } from '../data-url.ts';
import type { Extras } from './extras.ts';
import { member, objectAt, stringAt, stringOrNull } from './members.ts';

const audioFormats: Readonly<Record<string, string>> = { mpeg: 'mp3', 'x-wav': 'wav', wave: 'wav', pcm: 'pcm16' };

/** Reads `inlineData`; null where it is of a kind that the pivot has no place for. @throws LlmBadRequest */
export function readInlineData(value: unknown, path: string, extras: Extras): Block | null {
  const blob = objectAt(value, path);
  const mediaType = normalMediaType(stringAt(member(blob, 'mimeType'), `${path}.mimeType`));
  const data = standardBase64(stringAt(member(blob, 'data'), `${path}.data`));
  const [kind, subtype = ''] = (mediaType.split(';')[0] ?? '').split('/');
  if (kind === 'audio') return { kind: 'audio', data, format: audioFormats[subtype] ?? subtype, at: path };
  return readSource({ kind: 'base64', mediaType, data }, mediaType, blob, path, extras);
}

/** Reads `fileData`, which names a file of Google's or any address. Null and errors as {@link readInlineData}. */
export function readFileData(value: unknown, path: string, extras: Extras): Block | null {
  const file = objectAt(value, path);
  const uri = stringAt(member(file, 'fileUri'), `${path}.fileUri`);
  const said = stringOrNull(member(file, 'mimeType'), `${path}.mimeType`);
  const type = said === null ? '' : normalMediaType(said);
  const mediaType = type === '' ? {} : { mediaType: type };
  const isOwn = !/^https?:/.test(uri) || uri.startsWith('https://generativelanguage.googleapis.com/');
  const source: MediaSource = isOwn ? { kind: 'file', id: uri, ...mediaType } : { kind: 'url', url: uri, ...mediaType };
  if (type.startsWith('audio/')) {
    extras.meaning(path, value);
    return null;
  }
  return readSource(source, type, file, path, extras);
}

function readSource(source: MediaSource, type: string, from: JsonObject, path: string, extras: Extras): Block | null {
  if (type.startsWith('image/')) return { kind: 'image', source, at: path };
  if (type.startsWith('video/')) {
    extras.meaning(path, from);
    return null;
  }
  const name = stringOrNull(member(from, 'displayName'), `${path}.displayName`);
  return { kind: 'document', source, ...(name === null ? {} : { name }), at: path };
}

/** Base64 in its standard alphabet: Google's JSON takes the one for URLs as well. */
function standardBase64(data: string): string {
  return /[-_]/.test(data) ? data.replaceAll('-', '+').replaceAll('_', '/') : data;
}
