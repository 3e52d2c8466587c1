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
