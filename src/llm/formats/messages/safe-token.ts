const safe = /^[a-zA-Z0-9_-]+$/;
const prefix = 'wg-';

/**
 * Writes any text in the alphabet that this API allows for tool ids and names (`[a-zA-Z0-9_-]`). Text that fits stays as
 * it is; other text is escaped byte by byte under a prefix, so that {@link fromSafeToken} gives it back without a table
 * kept between the request and its answer, and no two texts become one.
 */
export function toSafeToken(text: string): string {
  if (safe.test(text) && !text.startsWith(prefix)) return text;
  let escaped = prefix;
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    if (character === '_') escaped += '__';
    else if (safe.test(character)) escaped += character;
    else escaped += `_${byte.toString(16).padStart(2, '0')}`;
  }
  return escaped;
}

/** The text that {@link toSafeToken} was given. */
export function fromSafeToken(token: string): string {
  if (!token.startsWith(prefix)) return token;
  const bytes: number[] = [];
  for (let at = prefix.length; at < token.length; at += 1) {
    if (token[at] !== '_') {
      bytes.push(token.charCodeAt(at));
    } else if (token[at + 1] === '_') {
      bytes.push(0x5f);
      at += 1;
    } else {
      const byte = Number.parseInt(token.slice(at + 1, at + 3), 16);
      if (Number.isNaN(byte)) return token;
      bytes.push(byte);
      at += 2;
    }
  }
  const text = Buffer.from(bytes).toString();
  return toSafeToken(text) === token ? text : token;
}
