/** Bytes inside a URL: their media type without parameters, in lower case, and the bytes in base64. */
export interface DataUrl {
  readonly mediaType: string;
  readonly data: string;
}

const SCHEME = /^data:/i;
const BASE64 = /^base64$/i;
/** Anything that standard base64 text does not hold; found in URLs that were escaped, folded or made URL-safe. */
const UNUSUAL = /[%\s_-]/;

/** True for a `data:` URL (RFC 2397), whatever the case of its scheme. */
export function isDataUrl(url: string): boolean {
  return SCHEME.test(url);
}

/**
 * Reads a `data:` URL (RFC 2397): any parameters, `;base64` in any case, percent-encoding, split at the first comma only.
 * `image/jpg`, which no registry knows and APIs refuse, is `image/jpeg`. Returns null where it is malformed.
 */
export function parseDataUrl(url: string): DataUrl | null {
  const comma = url.indexOf(',');
  if (!isDataUrl(url) || comma === -1) return null;
  const [type = '', ...parameters] = url
    .slice('data:'.length, comma)
    .split(';')
    .map((part) => part.trim());
  const mediaType = normalMediaType(type === '' ? 'text/plain' : type);
  const text = unescape(url.slice(comma + 1));
  if (text === null) return null;
  if (!parameters.some((parameter) => BASE64.test(parameter))) {
    return { mediaType, data: Buffer.from(text, 'utf8').toString('base64') };
  }
  const data = normalBase64(text);
  return data === null ? null : { mediaType, data };
}

/** The `data:` URL of base64 text. */
export function writeDataUrl({ mediaType, data }: DataUrl): string {
  return `data:${mediaType};base64,${data}`;
}

/** A media type as registries write it. */
export function normalMediaType(type: string): string {
  const lower = type.toLowerCase();
  return lower === 'image/jpg' ? 'image/jpeg' : lower;
}

function unescape(text: string): string | null {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

function normalBase64(text: string): string | null {
  const plain = UNUSUAL.test(text) ? text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/') : text;
  return /^[A-Za-z0-9+/]*={0,2}$/.test(plain) ? plain : null;
}
