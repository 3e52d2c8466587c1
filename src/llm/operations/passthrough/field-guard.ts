/** Longest head of a part that is read; those of forms are a few hundred bytes. */
const MAX_HEAD = 16 * 1024;

const HEAD_END = Buffer.from('\r\n\r\n');

/** What a guard says of a form so far. */
export type FormVerdict = 'good' | 'repeated' | 'malformed';

/**
 * Counts a field of a form as it passes: servers differ in which of two they take. The heads of parts are read as the most
 * lenient of them do, so that whatever one of them may take for the field is counted; files are skipped, not looked into.
 */
export class FieldGuard {
  readonly #delimiter: Buffer;
  readonly #name: string;
  #left: number;
  /** What was not yet looked at: the beginning of a head, or what may be that of a delimiter. */
  #rest: Buffer;
  #part: 'head' | 'body' | 'after';

  /**
   * @param boundary As the content type names it.
   * @param allowed How many fields of this name the form may have.
   */
  constructor(boundary: string, name: string, allowed: number) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
    this.#name = name;
    this.#left = allowed;
    // The first delimiter may stand at the very beginning.
    this.#rest = Buffer.from('\r\n');
    this.#part = 'body';
  }

  /** Looks at the next bytes, which are only read. Once it is not `good`, nothing of them may go on. */
  push(chunk: Buffer): FormVerdict {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      if (this.#part === 'after') return 'good';
      const what = this.#part === 'body' ? this.#delimiter : HEAD_END;
      // A delimiter that ends the form has no head.
      if (this.#part === 'head' && bytes.subarray(0, 2).toString('latin1') === '--') {
        this.#part = 'after';
        this.#rest = bytes.subarray(0, 0);
        continue;
      }
      const at = bytes.indexOf(what);
      if (at === -1) return this.#keep(bytes);
      if (this.#part === 'head') {
        const verdict = this.#head(bytes.toString('latin1', 0, at + 2));
        if (verdict !== 'good') return verdict;
      }
      // A part without content begins its delimiter with the line end of its head.
      bytes = bytes.subarray(this.#part === 'head' ? at + 2 : at + what.length);
      this.#part = this.#part === 'head' ? 'body' : 'head';
    }
  }

  #keep(bytes: Buffer): FormVerdict {
    const length = this.#part === 'head' ? bytes.length : Math.min(bytes.length, this.#delimiter.length - 1);
    if (length > MAX_HEAD) return 'malformed';
    this.#rest = Buffer.from(bytes.subarray(bytes.length - length));
    return 'good';
  }

  #head(head: string): FormVerdict {
    // Some servers end lines otherwise where the first delimiter's line ends so.
    if (!/^[ \t]*\r\n/.test(head) || /[^\r]\n/.test(head)) return 'malformed';
    if (!mayName(head, this.#name)) return 'good';
    this.#left--;
    return this.#left < 0 ? 'repeated' : 'good';
  }
}

/** True for a head that some server reads as that of a part with this name: quoted or not, escaped (RFC 2231), in pieces. */
function mayName(head: string, name: string): boolean {
  for (const [, star = '', quoted, bare] of head.matchAll(
    /(?<![\w-])name(\*\d*\*?)?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))/gi,
  )) {
    if (/\d/.test(star)) return true;
    const value = (quoted ?? bare ?? '').replaceAll(/\\(.)/g, '$1').replaceAll('"', '');
    const text = star === '' ? value : value.replace(/^[^']*'[^']*'/, '');
    if (unescaped(text).trim().toLowerCase() === name) return true;
  }
  return false;
}

function unescaped(text: string): string {
  return text.replaceAll(/%([\da-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
