import { isJsonRecord, type JsonRecord, parseJson } from '../json/parse.ts';
import { skipContainer, skipSpace, skipString } from '../json/scan.ts';
import type { LlmRecord } from '../record.ts';
import { applyUsage } from './counts.ts';

/** `usage`, or Gemini's `usageMetadata`. */
const USAGE = Buffer.from('"usage');
const QUOTED_END = Buffer.from('"');
const MODEL = Buffer.from('"model"');
const CANDIDATES = Buffer.from('"candidates"');
/** Gemini's, whose answers have arguments of tools as objects, with members of any name, before it. */
const MODEL_VERSION = Buffer.from('"modelVersion"');
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const QUOTE = 0x22;
const LETTER_N = 0x6e;
/** Places looked at before giving up, so that hostile text costs no more than reading it. */
const MAX_CANDIDATES = 16;
/** A usage object is some hundred bytes; longer ones are something else. */
const MAX_USAGE_BYTES = 16 * 1024;
const MAX_MODEL_BYTES = 1024;

/**
 * Reads token counts from the texts of one answer: of its JSON, which may be cut at its front, or of its events in turn.
 * Looks for the last member `usage` (`usageMetadata`) that holds token counts: inside strings the quotes are escaped, so
 * text that a model wrote cannot match, and a schema that the answer echoes holds no numbers there.
 */
export class UsageReader {
  readonly #record: LlmRecord;
  /** Members seen so far: an API that sends its usage in parts (Messages) repeats only what changed. */
  #seen: JsonRecord | null;

  constructor(record: LlmRecord) {
    this.#record = record;
    this.#seen = null;
  }

  /** Returns whether `text` held any. Later counts replace earlier ones: providers send running totals. */
  read(text: Buffer): boolean {
    let from = text.length;
    for (let i = 0; i < MAX_CANDIDATES && from >= 0; i++) {
      const at = text.lastIndexOf(USAGE, from);
      if (at === -1) return false;
      if (this.#apply(parseUsageAt(text, at + USAGE.length))) return true;
      from = at - 1;
    }
    return false;
  }

  #apply(usage: unknown): boolean {
    if (!isJsonRecord(usage)) return false;
    const merged = this.#seen === null ? usage : mergedUsage(this.#seen, usage);
    if (!applyUsage(merged, this.#record)) return false;
    this.#seen = merged;
    return true;
  }
}

/** What later counts say replaces what earlier ones said; a `null` says nothing. */
function mergedUsage(seen: JsonRecord, usage: JsonRecord): JsonRecord {
  const said = Object.entries(usage).filter(([, value]) => value !== null);
  return { ...seen, ...Object.fromEntries(said) };
}

/** Reads the token counts of one text into `record`; see {@link UsageReader}. */
export function readUsage(text: Buffer, record: LlmRecord): boolean {
  return new UsageReader(record).read(text);
}

/**
 * False when no member `usage` in `text` has a value other than the `null` of a stream's earlier events. `text` may be
 * raw server-sent events, where a line end can stand between any two tokens.
 */
export function mayHoldUsage(text: Buffer): boolean {
  for (let at = text.indexOf(USAGE); at !== -1; at = text.indexOf(USAGE, at + USAGE.length)) {
    const quote = text.indexOf(QUOTED_END, at + USAGE.length);
    if (quote === -1) return true;
    const colon = skipSpace(text, quote + 1);
    if (text[colon] !== COLON || text[skipSpace(text, colon + 1)] !== LETTER_N) return true;
  }
  return false;
}

/** The first member `model` (Gemini: `modelVersion`) that is a string and not empty, or null. */
export function readModel(text: Buffer): string | null {
  const version = text.includes(CANDIDATES) ? firstText(text, MODEL_VERSION) : null;
  return version ?? firstText(text, MODEL);
}

/** The first value of a member with this quoted name that is a text and not empty, or null. */
function firstText(text: Buffer, name: Buffer): string | null {
  let at = text.indexOf(name);
  for (let i = 0; i < MAX_CANDIDATES && at !== -1; i++) {
    const start = memberValueStart(text, at + name.length, QUOTE);
    if (start !== -1) {
      const window = text.subarray(start, start + MAX_MODEL_BYTES);
      const end = skipString(window, 0);
      const model = parseJson(window.toString('utf8', 0, end));
      if (typeof model === 'string' && model !== '') return model;
    }
    at = text.indexOf(name, at + name.length);
  }
  return null;
}

/** Offset of a member's value when it begins with `first`, or -1. `from` is one past the name. */
function memberValueStart(text: Buffer, from: number, first: number): number {
  const colon = skipSpace(text, from);
  if (text[colon] !== COLON) return -1;
  const start = skipSpace(text, colon + 1);
  return text[start] === first ? start : -1;
}

/** @param from In the member's name, past the part that all have. */
function parseUsageAt(text: Buffer, from: number): unknown {
  const rest = text.indexOf(QUOTED_END, from);
  if (rest === -1 || (rest !== from && text.toString('latin1', from, rest) !== 'Metadata')) return undefined;
  const start = memberValueStart(text, rest + 1, OPEN_OBJECT);
  if (start === -1) return undefined;
  const window = text.subarray(start, start + MAX_USAGE_BYTES);
  const end = skipContainer(window, 0);
  return end === -1 ? undefined : parseJson(window.toString('utf8', 0, end));
}
