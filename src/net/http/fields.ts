/** Checks of field names and values (RFC 9110 §5.1, §5.5) for everyone who makes fields from configuration or expressions. */

/** Characters of a token (RFC 9110 §5.6.2). */
export const tokenCharacters: string = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const fieldValue = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;

/** True for a field name, a method or any other token. */
export function isToken(text: string): boolean {
  return token.test(text);
}

/** True for a field value as it may go on the wire: Latin-1, no control characters, no blanks at its ends. */
export function isFieldValue(text: string): boolean {
  return fieldValue.test(text);
}

/** Field names that only a connection writes: framing, routing and hop-by-hop (RFC 9110 §7.6.1). Lower case. */
export const connectionFields: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Fields that must not come in a trailer, where no one expects them: framing, routing, authentication, request
 * modifiers and how the body is to be read (RFC 9110 §6.5.1).
 */
const neverTrailing: ReadonlySet<string> = new Set([
  ...connectionFields,
  'authorization',
  'cache-control',
  'content-encoding',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'max-forwards',
  'origin',
  'pragma',
  'proxy-authenticate',
  'proxy-authorization',
  'range',
  'set-cookie',
  'www-authenticate',
  'x-api-key',
]);

/** True for a field (lower case) that may be passed on in a trailer section. */
export function mayTrail(name: string): boolean {
  return !neverTrailing.has(name) && !name.startsWith('x-forwarded-') && !name.startsWith(':');
}
