/** Values in header fields (2026-07-28, transports, header value encoding): plain ASCII, or base64 between markers. */

const PREFIX = '=?base64?';
const SUFFIX = '?=';
const canonical = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The field value that says `value`. */
export function encodeFieldValue(value: string): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value);
  if (plain && !(value.startsWith(PREFIX) && value.endsWith(SUFFIX))) return value;
  return `${PREFIX}${Buffer.from(value).toString('base64')}${SUFFIX}`;
}

/** What a field value says; null when it is marked as base64 and is not. */
export function decodeFieldValue(value: string): string | null {
  const trimmed = value.trim();
  if (!(trimmed.startsWith(PREFIX) && trimmed.endsWith(SUFFIX))) return trimmed;
  const encoded = trimmed.slice(PREFIX.length, -SUFFIX.length);
  if (!canonical.test(encoded)) return null;
  const bytes = Buffer.from(encoded, 'base64');
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : null;
}
