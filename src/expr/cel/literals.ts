import { CelError } from './errors.ts';

const simpleEscapes: { readonly [char: string]: string } = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
};
const escape = /\\(?:([xX])([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([abfnrtv\\'"`?]))/y;

/** The text of a string literal's inside; escapes name code points. `offset` is where it starts in the source. */
export function decodeString(body: string, raw: boolean, source: string, offset: number): string {
  if (raw || !body.includes('\\')) return body;
  let text = '';
  forEachPart(body, source, offset, (part, code, at) => {
    if (code === null) text += part;
    else if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      throw new CelError('not a valid code point', source, at);
    else text += String.fromCodePoint(code);
  });
  return text;
}

/** The bytes of a bytes literal's inside: plain characters as UTF-8, `\x` and octal escapes as single bytes. */
export function decodeBytes(body: string, raw: boolean, source: string, offset: number): Uint8Array {
  if (raw || !body.includes('\\')) return new TextEncoder().encode(body);
  const parts: Uint8Array[] = [];
  forEachPart(body, source, offset, (part, code, at, unicode) => {
    if (code === null) parts.push(new TextEncoder().encode(part));
    else if (unicode) throw new CelError('a bytes literal cannot hold a \\u or \\U escape', source, at);
    else parts.push(Uint8Array.of(code));
  });
  return new Uint8Array(Buffer.concat(parts));
}

function forEachPart(
  body: string,
  source: string,
  offset: number,
  take: (text: string, code: number | null, at: number, unicode: boolean) => void,
): void {
  let from = 0;
  while (from < body.length) {
    const slash = body.indexOf('\\', from);
    if (slash < 0) break;
    if (slash > from) take(body.slice(from, slash), null, offset + from, false);
    escape.lastIndex = slash;
    const found = escape.exec(body);
    if (found === null) throw new CelError('not a valid escape sequence', source, offset + slash);
    const [whole, , hex, short, long, octal, simple] = found;
    const code =
      simple === undefined
        ? Number.parseInt(hex ?? short ?? long ?? (octal as string), octal === undefined ? 16 : 8)
        : (simpleEscapes[simple] as string).charCodeAt(0);
    take('', code, offset + slash, short !== undefined || long !== undefined);
    from = slash + whole.length;
  }
  if (from < body.length) take(body.slice(from), null, offset + from, false);
}
