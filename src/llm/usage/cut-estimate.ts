import type { LlmRecord } from '../record.ts';

/** Characters of a token, on average: what every tokenizer comes near for text and code. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * Counts what an answer used that ended before its provider said so: a client that leaves is billed all the same. What
 * the provider did say stays.
 *
 * @param requestBytes of the body that was sent
 * @param characters of text, reasoning and arguments that came
 */
export function estimateCut(record: LlmRecord, requestBytes: number, characters: number): void {
  if (record.inputTokens !== null && record.outputTokens !== null && record.outputTokens > 0) return;
  record.inputTokens ??= tokens(requestBytes);
  record.outputTokens = Math.max(record.outputTokens ?? 0, tokens(characters));
  record.totalTokens = record.inputTokens + record.outputTokens;
  record.estimated = true;
}

function tokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}
