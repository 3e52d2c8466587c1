/** Strings as CEL sees them: sequences of code points, where JS counts UTF-16 units. */

const astral = /[\ud800-\udfff]/;

/** Number of code points. */
export function codePointCount(text: string): number {
  if (!astral.test(text)) return text.length;
  let count = 0;
  for (const point of text) count += point.length > 0 ? 1 : 0;
  return count;
}

/** The unit offset of a code point, or -1 when there are fewer. */
export function unitOffset(text: string, point: number): number {
  if (!astral.test(text)) return point <= text.length ? point : -1;
  let offset = 0;
  for (let left = point; left > 0; left--) {
    if (offset >= text.length) return -1;
    offset += (text.codePointAt(offset) as number) > 0xffff ? 2 : 1;
  }
  return offset;
}

/** The code points before a unit offset. */
export function pointOffset(text: string, unit: number): number {
  return codePointCount(text.slice(0, unit));
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of UTF-8 bytes, or null when they are not valid. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return strictUtf8.decode(bytes);
  } catch (cause) {
    if (cause instanceof TypeError) return null;
    throw cause;
  }
}

/** The UTF-8 bytes of a text. */
export function encodeUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
