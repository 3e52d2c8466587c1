import { createHash } from 'node:crypto';
import { adapt } from '../adapt.ts';
import { CelErrorValue, invalid } from '../errors.ts';
import { maxSize, tooLarge } from '../limits.ts';
import { isMap, mapGet, mapKeys, MapBuilder, type MapLike } from '../maps.ts';
import { decodeUtf8 } from '../text.ts';
import * as t from '../types.ts';
import type { CelResult, CelValue } from '../values.ts';
import { toText } from '../output.ts';
import { global, overload, type Callable, type Overload } from './table.ts';

type TextOrBytes = string | Uint8Array;

const { string, bytes, dyn } = t;

/** The overloads of a function that takes text and bytes alike. */
function ofBoth(result: t.CelType, call: (value: TextOrBytes) => CelResult): readonly Overload[] {
  return [overload([string], result, call), overload([bytes], result, call)];
}

function buffer(value: TextOrBytes): Buffer {
  return typeof value === 'string'
    ? Buffer.from(value, 'utf8')
    : Buffer.from(value.buffer, value.byteOffset, value.length);
}

const base64Text = /^[A-Za-z0-9+/]*={0,2}$/;
const base64UrlText = /^[A-Za-z0-9_-]*={0,2}$/;

/** Strict base64 of either alphabet, with or without padding; null when it is not. */
export function decodeBase64(text: string, alphabet: 'base64' | 'base64url'): Uint8Array | null {
  if (!(alphabet === 'base64' ? base64Text : base64UrlText).test(text)) return null;
  const bare = text.replace(/=+$/, '');
  if (text.length !== bare.length && text.length % 4 !== 0) return null;
  const decoded = Buffer.from(bare, alphabet);
  // Left-over bits or a lone character would decode to something that encodes differently.
  return decoded.toString(alphabet).replace(/=+$/, '') === bare ? new Uint8Array(decoded) : null;
}

function base64Decode(value: TextOrBytes): CelResult {
  const text = typeof value === 'string' ? value : buffer(value).toString('latin1');
  return decodeBase64(text, 'base64') ?? invalid('not valid base64');
}

function base64Encode(value: TextOrBytes): string {
  return buffer(value).toString('base64');
}

/** Everything but letters, digits and `-._~` percent-encoded. */
function urlEncode(value: TextOrBytes): CelResult {
  let text = '';
  for (const byte of buffer(value)) {
    const char = String.fromCharCode(byte);
    text += /[A-Za-z0-9\-._~]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text.length > maxSize ? tooLarge : text;
}

/** Percent-decodes; a `%` that two hex digits do not follow stays, and `+` is a plus. */
function urlDecode(text: string): CelResult {
  const parts: Buffer[] = [];
  let from = 0;
  for (const found of text.matchAll(/(?:%[0-9A-Fa-f]{2})+/g)) {
    parts.push(Buffer.from(text.slice(from, found.index), 'utf8'), Buffer.from(found[0].replaceAll('%', ''), 'hex'));
    from = found.index + found[0].length;
  }
  parts.push(Buffer.from(text.slice(from), 'utf8'));
  return decodeUtf8(Buffer.concat(parts)) ?? invalid('the decoded value is not valid UTF-8');
}

/** `application/x-www-form-urlencoded` to a map; a repeated key gives a list. */
function formDecode(value: TextOrBytes): CelResult {
  const fields = new Map<string, string | string[]>();
  for (const [key, text] of new URLSearchParams(buffer(value).toString('utf8').replace(/^\?/, '%3F'))) {
    const known = fields.get(key);
    if (known === undefined) fields.set(key, text);
    else if (typeof known === 'string') fields.set(key, [known, text]);
    else known.push(text);
  }
  const map = new MapBuilder();
  for (const [key, text] of fields) map.set(key, key, text);
  return map.build();
}

/** A map as a form: keys in order, lists as repeated fields, null left out. */
function formEncode(map: MapLike): CelResult {
  const form = new URLSearchParams();
  for (const key of mapKeys(map).map(String).toSorted()) {
    const value = adapt(mapGet(map, key));
    for (const raw of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      const item = adapt(raw);
      if (item === null && !Array.isArray(value)) continue;
      if (!isScalar(item)) return invalid(`form.encode(): the value of '${key}' is not text`);
      form.append(key, toText(item) ?? '');
    }
  }
  const text = form.toString();
  return text.length > maxSize ? tooLarge : text;
}

function isScalar(value: CelResult): value is CelValue {
  return value !== null && !(value instanceof CelErrorValue) && !Array.isArray(value) && !isMap(value);
}

function hash(algorithm: string): Callable {
  return global(
    `${algorithm}.encode`,
    ...ofBoth(string, (value) => createHash(algorithm).update(buffer(value)).digest('hex')),
  );
}

/** base64, URL and form coding, and digests. */
export const encoders: readonly Callable[] = [
  global('base64.encode', ...ofBoth(string, base64Encode)),
  global('base64.decode', ...ofBoth(bytes, base64Decode)),
  // The names of older agentgateway releases.
  global('base64Encode', ...ofBoth(string, base64Encode)),
  global('base64Decode', ...ofBoth(bytes, base64Decode)),
  global('url.encode', ...ofBoth(string, urlEncode)),
  global('url.decode', overload([string], string, urlDecode)),
  global('form.encode', overload([t.map(string, dyn)], string, formEncode)),
  global('form.decode', ...ofBoth(t.map(string, dyn), formDecode)),
  hash('sha1'),
  hash('sha256'),
  hash('md5'),
];
