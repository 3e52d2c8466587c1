import { parseJson } from './parse.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;

/** What a byte within quotes belongs to; `target` is the value that is replaced. */
type Within = 'none' | 'name' | 'target' | 'other';

/**
 * Replaces one text in a JSON document as it passes, in any chunks: the value of the member at `path`, in the outermost
 * object or in each object of an outermost array. Every other byte stays, and a value that is no text stays, too. For
 * what is no JSON the result means nothing.
 */
export class MemberRewriter {
  readonly #path: readonly string[];
  /** JSON text of the new value. */
  readonly #text: string;
  #depth = 0;
  /** 1 within an outermost array. */
  #base = 0;
  /** Names of the path whose objects are open. */
  #matched = 0;
  #within: Within = 'none';
  #escaped = false;
  /** The next text is the name of a member. */
  #wantsName = false;
  /** The member that is being read is the next of the path. */
  #onPath = false;
  /** The name so far, without its quotes. */
  #name = '';

  constructor(path: readonly string[], value: string) {
    this.#path = path;
    this.#text = JSON.stringify(value);
  }

  /** Another document begins. */
  reset(): void {
    this.#depth = 0;
    this.#base = 0;
    this.#matched = 0;
    this.#within = 'none';
    this.#escaped = false;
    this.#wantsName = false;
    this.#onPath = false;
    this.#name = '';
  }

  /** The chunk with the value replaced; the same buffer where it holds nothing of it. */
  push(bytes: Buffer): Buffer {
    const parts: Buffer[] = [];
    let copied = 0;
    let nameStart = 0;
    for (let at = 0; at < bytes.length; at++) {
      const c = bytes[at] as number;
      if (this.#within === 'none') {
        if (c !== QUOTE) {
          this.#structure(c);
          continue;
        }
        this.#within = this.#opened();
        nameStart = at + 1;
        if (this.#within !== 'target') continue;
        parts.push(bytes.subarray(copied, at), Buffer.from(this.#text));
        copied = bytes.length;
      } else if (this.#escaped) {
        this.#escaped = false;
      } else if (c === BACKSLASH) {
        this.#escaped = true;
      } else if (c === QUOTE) {
        if (this.#within === 'target') copied = at + 1;
        else if (this.#within === 'name') this.#named(bytes.toString('utf8', nameStart, at));
        this.#within = 'none';
      }
    }
    if (this.#within === 'name') this.#name += bytes.toString('utf8', nameStart);
    // A value that began in an earlier chunk: all until its end goes.
    if (parts.length === 0 && copied === 0) return this.#within === 'target' ? bytes.subarray(0, 0) : bytes;
    if (this.#within !== 'target') parts.push(bytes.subarray(copied));
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  /** Directly in the outermost object, or in the one that the path has led to. */
  get #here(): boolean {
    return this.#depth === this.#base + this.#matched + 1;
  }

  #opened(): Within {
    if (!this.#here) return 'other';
    if (this.#wantsName) {
      this.#wantsName = false;
      this.#name = '';
      return 'name';
    }
    return this.#onPath && this.#matched === this.#path.length - 1 ? 'target' : 'other';
  }

  #named(rest: string): void {
    const name = this.#name + rest;
    this.#onPath = (name.includes('\\') ? parseJson(`"${name}"`) : name) === this.#path[this.#matched];
  }

  #structure(c: number): void {
    if (c === COMMA) {
      if (!this.#here) return;
      this.#wantsName = true;
      this.#onPath = false;
    } else if (c === OPEN_OBJECT) {
      const leads = this.#here && this.#onPath && this.#matched < this.#path.length - 1;
      if (leads) this.#matched++;
      this.#depth++;
      if (!leads && this.#depth !== this.#base + 1) return;
      this.#wantsName = true;
      this.#onPath = false;
    } else if (c === OPEN_ARRAY) {
      if (this.#depth === 0) this.#base = 1;
      this.#depth++;
    } else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) {
      this.#depth--;
      if (this.#matched > 0 && this.#depth === this.#base + this.#matched) this.#matched--;
    }
  }
}
