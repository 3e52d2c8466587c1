/** One member of the outermost object of a JSON text, as byte offsets. */
export interface JsonMember {
  /** Decoded name. */
  readonly name: string;
  /** Offset of the quote that its name begins with. */
  readonly nameStart: number;
  readonly valueStart: number;
  /** One past the last byte of the value. */
  readonly valueEnd: number;
}

/** The outermost object of a JSON text: its members in order, duplicates included. */
export interface JsonObjectSpans {
  readonly members: readonly JsonMember[];
  /** Offset of its `}`. */
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** Strings up to this length are walked byte by byte, which is faster than the native search's call. */
const SHORT_STRING = 48;

/**
 * Finds the members of the object that `bytes` hold. The bytes must already be known to be one JSON object in valid
 * UTF-8 (`JSON.parse` took them); for other input the result means nothing, but the call still ends in linear time.
 *
 * @param from Where to look for its `{`: an object inside another is found like the outermost.
 */
export function scanJsonObject(bytes: Buffer, from = 0): JsonObjectSpans {
  const { length } = bytes;
  const members: JsonMember[] = [];
  let at = bytes.indexOf(OPEN_OBJECT, from) + 1;
  while (at < length) {
    const c = bytes[at];
    if (c === CLOSE_OBJECT) break;
    if (c !== QUOTE) {
      at++;
      continue;
    }
    const nameStart = at;
    at = skipString(bytes, at);
    const name = decodeName(bytes, nameStart, at);
    const colon = bytes.indexOf(COLON, at);
    if (colon === -1) break;
    const valueStart = skipSpace(bytes, colon + 1);
    at = skipValue(bytes, valueStart);
    members.push({ name, nameStart, valueStart, valueEnd: at });
  }
  return { members, end: at };
}

/** A value's place in a JSON text. */
export interface JsonSpan {
  readonly start: number;
  /** One past its last byte. */
  readonly end: number;
}

/** The elements of the array whose `[` is at `from`, as the same kind of text as {@link scanJsonObject} takes. */
export function scanJsonArray(bytes: Buffer, from: number): readonly JsonSpan[] {
  const elements: JsonSpan[] = [];
  let at = skipSpace(bytes, from + 1);
  while (at < bytes.length && bytes[at] !== CLOSE_ARRAY) {
    const end = skipValue(bytes, at);
    elements.push({ start: at, end });
    at = skipSpace(bytes, end);
    if (bytes[at] !== COMMA) break;
    at = skipSpace(bytes, at + 1);
  }
  return elements;
}

/**
 * One past the object or array that begins at `from`, or -1 when it does not end within `bytes`. What is inside must be
 * well formed for the answer to be right.
 */
export function skipContainer(bytes: Buffer, from: number): number {
  const { length } = bytes;
  let depth = 0;
  for (let at = from; at < length; at++) {
    const c = bytes[at];
    if (c === QUOTE) at = skipString(bytes, at) - 1;
    else if (c === OPEN_OBJECT || c === OPEN_ARRAY) depth++;
    else if ((c === CLOSE_OBJECT || c === CLOSE_ARRAY) && --depth === 0) return at + 1;
  }
  return -1;
}

/** Offset of the first byte from `from` on that is not JSON white space. */
export function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const c = bytes[at];
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return at;
    at++;
  }
}

/** One past the string whose opening quote is at `from`; the length of `bytes` when it does not end. */
export function skipString(bytes: Buffer, from: number): number {
  const { length } = bytes;
  const near = Math.min(length, from + SHORT_STRING);
  let at = from + 1;
  while (at < near) {
    const c = bytes[at];
    if (c === QUOTE) return at + 1;
    at += c === BACKSLASH ? 2 : 1;
  }
  // Long: look for quotes, and take those that an even number of backslashes precedes.
  const start = at;
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1) return length;
    let before = quote - 1;
    while (before >= start && bytes[before] === BACKSLASH) before--;
    if ((quote - before) % 2 === 1) return quote + 1;
    at = quote + 1;
  }
}

/** One past the value that begins at `from`. */
export function skipValue(bytes: Buffer, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return skipString(bytes, from);
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
    const end = skipContainer(bytes, from);
    return end === -1 ? bytes.length : end;
  }
  let at = from;
  while (at < bytes.length && !endsScalar(bytes[at])) at++;
  return at;
}

function endsScalar(c: number | undefined): boolean {
  return c === COMMA || c === CLOSE_OBJECT || c === CLOSE_ARRAY || c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;
}

function decodeName(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
}
