import { isJsonRecord, type JsonRecord } from '../json/parse.ts';
import { skipContainer, skipSpace, skipString } from '../json/scan.ts';
import type { LlmRecord } from '../record.ts';

const USAGE = Buffer.from('"usage"');
const MODEL = Buffer.from('"model"');
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
 * Reads token counts from JSON text, which may be cut at its front, into `record`. Looks for the last member `usage`
 * that holds token counts: inside strings the quotes are escaped, so text that a model wrote cannot match, and a schema
 * that the answer echoes holds no numbers there. Understands chat completions, embeddings and Responses (OpenAI API
 * reference: `usage`). Returns whether it found any.
 */
export function readUsage(text: Buffer, record: LlmRecord): boolean {
  let from = text.length;
  for (let i = 0; i < MAX_CANDIDATES && from >= 0; i++) {
    const at = text.lastIndexOf(USAGE, from);
    if (at === -1) return false;
    if (applyUsage(parseUsageAt(text, at + USAGE.length), record)) return true;
    from = at - 1;
  }
  return false;
}

/**
 * False when no member `usage` in `text` has a value other than the `null` of a stream's earlier events. `text` may be
 * raw server-sent events, where a line end can stand between any two tokens.
 */
export function mayHoldUsage(text: Buffer): boolean {
  for (let at = text.indexOf(USAGE); at !== -1; at = text.indexOf(USAGE, at + USAGE.length)) {
    const colon = skipSpace(text, at + USAGE.length);
    if (text[colon] !== COLON || text[skipSpace(text, colon + 1)] !== LETTER_N) return true;
  }
  return false;
}

/** The first member `model` that is a string and not empty, or null. */
export function readModel(text: Buffer): string | null {
  let at = text.indexOf(MODEL);
  for (let i = 0; i < MAX_CANDIDATES && at !== -1; i++) {
    const start = memberValueStart(text, at + MODEL.length, QUOTE);
    if (start !== -1) {
      const window = text.subarray(start, start + MAX_MODEL_BYTES);
      const end = skipString(window, 0);
      const model = parse(window.toString('utf8', 0, end));
      if (typeof model === 'string' && model !== '') return model;
    }
    at = text.indexOf(MODEL, at + MODEL.length);
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

function parseUsageAt(text: Buffer, from: number): unknown {
  const start = memberValueStart(text, from, OPEN_OBJECT);
  if (start === -1) return undefined;
  const window = text.subarray(start, start + MAX_USAGE_BYTES);
  const end = skipContainer(window, 0);
  return end === -1 ? undefined : parse(window.toString('utf8', 0, end));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Later counts replace earlier ones: providers that send several send running totals. */
function applyUsage(usage: unknown, record: LlmRecord): boolean {
  if (!isJsonRecord(usage)) return false;
  const input = count(usage['prompt_tokens']) ?? count(usage['input_tokens']);
  const output = count(usage['completion_tokens']) ?? count(usage['output_tokens']);
  const total = count(usage['total_tokens']);
  if (input === null && output === null && total === null) return false;
  record.inputTokens = input ?? record.inputTokens;
  record.outputTokens = output ?? record.outputTokens;
  record.totalTokens = total ?? (record.inputTokens ?? 0) + (record.outputTokens ?? 0);
  const inputDetails = details(usage, 'prompt_tokens_details', 'input_tokens_details');
  const outputDetails = details(usage, 'completion_tokens_details', 'output_tokens_details');
  record.cachedInputTokens = count(inputDetails?.['cached_tokens']) ?? record.cachedInputTokens;
  record.reasoningTokens = count(outputDetails?.['reasoning_tokens']) ?? record.reasoningTokens;
  return true;
}

function details(usage: JsonRecord, chatName: string, responsesName: string): JsonRecord | undefined {
  const value = usage[chatName] ?? usage[responsesName];
  return isJsonRecord(value) ? value : undefined;
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
