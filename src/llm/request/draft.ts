import type { JsonRecord } from '../json/parse.ts';
import { rewriteJsonObject } from '../json/rewrite.ts';
import { scanJsonObject, type JsonMember } from '../json/scan.ts';
import type { LlmBody } from './body.ts';

/** What becomes of one member. */
interface Change {
  /** JSON text of its new value; null: it is taken out. */
  readonly text: string | null;
  /** The value of that text, once someone has asked for it. */
  value: unknown;
  parsed: boolean;
}

/**
 * A request body on its way to a provider. Steps look at its members and change them; what is sent is the text that came,
 * with only the changed members written anew, or, for a body that a translation made, the whole object.
 */
export class BodyDraft {
  readonly #base: JsonRecord;
  /** Null for a body that was made here. */
  readonly #text: Buffer | null;
  readonly #changes: Map<string, Change>;
  #view: JsonRecord | null;
  #members: readonly JsonMember[] | null;

  constructor(base: JsonRecord, text: Buffer | null) {
    this.#base = base;
    this.#text = text;
    this.#changes = new Map();
    this.#view = null;
    this.#members = null;
  }

  /** A draft of the client's own body. */
  static ofBody({ json, bytes }: LlmBody): BodyDraft {
    return new BodyDraft(json, bytes);
  }

  /** The member's value as it now is; undefined where there is none. */
  get(name: string): unknown {
    const change = this.#changes.get(name);
    if (change === undefined) return Object.hasOwn(this.#base, name) ? this.#base[name] : undefined;
    if (!change.parsed) {
      change.value = change.text === null ? undefined : JSON.parse(change.text);
      change.parsed = true;
    }
    return change.value;
  }

  has(name: string): boolean {
    const change = this.#changes.get(name);
    return change === undefined ? Object.hasOwn(this.#base, name) : change.text !== null;
  }

  /** Sets a member, in its place or last. */
  set(name: string, value: unknown): void {
    this.setText(name, JSON.stringify(value));
  }

  /** {@link set} with the JSON text of the value, which must be well formed. */
  setText(name: string, text: string): void {
    this.#change(name, { text, value: undefined, parsed: false });
  }

  /** Takes a member out. */
  remove(name: string): void {
    if (Object.hasOwn(this.#base, name)) this.#change(name, { text: null, value: undefined, parsed: true });
    else this.undo(name);
  }

  /** Leaves a member as the client sent it. */
  undo(name: string): void {
    if (this.#changes.delete(name)) this.#view = null;
  }

  /** The text of a member's value as it now is; undefined where there is none. */
  textOf(name: string): string | undefined {
    const change = this.#changes.get(name);
    if (change !== undefined) return change.text ?? undefined;
    if (!Object.hasOwn(this.#base, name)) return undefined;
    if (this.#text === null) return JSON.stringify(this.#base[name]);
    // Of two members with one name, parsers take the last.
    const member = this.#spans(this.#text).findLast((candidate) => candidate.name === name);
    return member === undefined ? undefined : this.#text.toString('utf8', member.valueStart, member.valueEnd);
  }

  /** The whole body as it now is, for reading. */
  json(): JsonRecord {
    if (this.#changes.size === 0) return this.#base;
    if (this.#view !== null) return this.#view;
    // A map's entries become own members whatever their names.
    const members = new Map<string, unknown>(Object.entries(this.#base));
    for (const [name, change] of this.#changes) {
      if (change.text === null) members.delete(name);
      else members.set(name, this.get(name));
    }
    this.#view = Object.fromEntries(members);
    return this.#view;
  }

  /** The text to send: the client's own buffer where nothing changes. */
  bytes(): Buffer {
    if (this.#text === null) return Buffer.from(JSON.stringify(this.json()));
    if (this.#changes.size === 0) return this.#text;
    const texts = new Map(Array.from(this.#changes, ([name, { text }]) => [name, text]));
    return rewriteJsonObject(this.#text, scanJsonObject(this.#text), texts);
  }

  /** True when a name stands twice in the client's text, in whatever spelling. */
  repeats(name: string): boolean {
    if (this.#text === null) return false;
    const quoted = JSON.stringify(name);
    const once = this.#text.indexOf(quoted) === this.#text.lastIndexOf(quoted);
    if (once && !this.#text.includes(UNICODE_ESCAPE)) return false;
    return this.#spans(this.#text).filter((member) => member.name === name).length > 1;
  }

  #spans(text: Buffer): readonly JsonMember[] {
    return (this.#members ??= scanJsonObject(text).members);
  }

  #change(name: string, change: Change): void {
    this.#changes.set(name, change);
    this.#view = null;
  }
}

const UNICODE_ESCAPE = '\\u';
