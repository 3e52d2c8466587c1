/** What a character after a backslash stands for (RFC 8259 §7). */
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Reads the text of one string member of a JSON object whose text comes in pieces, and gives what each piece adds. Text
 * that is no such object gives nothing more.
 */
export class TextMember {
  readonly #opening: RegExp;
  /** What came and is not decoded yet. */
  #rest = '';
  #state: 'before' | 'inside' | 'after' = 'before';

  constructor(name: string) {
    this.#opening = new RegExp(`^\\s*\\{\\s*"${name}"\\s*:\\s*"`);
  }

  push(piece: string): string {
    if (this.#state === 'after') return '';
    this.#rest += piece;
    if (this.#state === 'before') {
      const opening = this.#opening.exec(this.#rest);
      if (opening === null) return '';
      this.#state = 'inside';
      this.#rest = this.#rest.slice(opening[0].length);
    }
    return this.#decode();
  }

  #decode(): string {
    let text = '';
    let at = 0;
    for (;;) {
      const next = nextSpecial(this.#rest, at);
      text += this.#rest.slice(at, next);
      at = next;
      const character = this.#rest[at];
      if (character === undefined) break;
      if (character === '"') {
        this.#state = 'after';
        this.#rest = '';
        return text;
      }
      const length = this.#rest[at + 1] === 'u' ? 6 : 2;
      if (at + length > this.#rest.length) break;
      const name = this.#rest[at + 1] ?? '';
      text += length === 6 ? codeUnit(this.#rest.slice(at + 2, at + 6)) : (escapes[name] ?? name);
      at += length;
    }
    this.#rest = this.#rest.slice(at);
    return text;
  }
}

function nextSpecial(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"' || character === '\\') return at;
  }
  return text.length;
}

function codeUnit(hex: string): string {
  const unit = Number.parseInt(hex, 16);
  return Number.isNaN(unit) ? '' : String.fromCharCode(unit);
}
