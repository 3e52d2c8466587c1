import type { LlmRecord } from '../record.ts';

/** Characters of a token, on average: what every tokenizer comes near for text and code. */
const CHARACTERS_PER_TOKEN = 4;

/** How far an answer came. */
export interface SaidSoFar {
  /** Output tokens that the provider counted within the answer; 0: none. What it counts at the start counts nothing said. */
  readonly counted: number;
  /** Characters of text, reasoning and arguments that came after that count. */
  readonly characters: number;
}

/**
 * Counts what an answer used that ended before its provider said so: a client that leaves is billed all the same. What
 * the provider did count stays, and what came after it is added.
 *
 * @param requestTokens of the body that was sent, about
 */
export function estimateCut(record: LlmRecord, requestTokens: number, { counted, characters }: SaidSoFar): void {
  const output = counted + Math.ceil(characters / CHARACTERS_PER_TOKEN);
  if (record.inputTokens !== null && record.outputTokens !== null && record.outputTokens >= output) return;
  record.inputTokens ??= requestTokens;
  record.outputTokens = Math.max(record.outputTokens ?? 0, output);
  record.totalTokens = record.inputTokens + record.outputTokens;
  record.estimated = true;
}
