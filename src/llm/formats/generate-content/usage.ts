import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { PivotUsage } from '../../pivot/response.ts';
import { modalMedia } from '../../usage/media-counts.ts';

/**
 * Reads `usageMetadata`; null where there is none. Results of Google's own tools count as input. Thoughts come on top of
 * the candidates', except where the total shows that they are included.
 */
export function readUsage(usage: unknown): PivotUsage | null {
  if (!isJsonRecord(usage)) return null;
  const prompt = count(usage['promptTokenCount']) ?? 0;
  const candidates = count(usage['candidatesTokenCount']) ?? count(usage['responseTokenCount']) ?? 0;
  const tools = count(usage['toolUsePromptTokenCount']) ?? 0;
  const thoughts = count(usage['thoughtsTokenCount']);
  const isIncluded = candidates > 0 && prompt + tools + candidates === count(usage['totalTokenCount']);
  return {
    input: prompt + tools,
    output: isIncluded ? candidates : candidates + (thoughts ?? 0),
    cachedInput: count(usage['cachedContentTokenCount']),
    cacheWriteInput: null,
    reasoning: thoughts,
    ...modalMedia(usage['promptTokensDetails'], usage['candidatesTokensDetails']),
  };
}

/** Writes `usageMetadata`: the total is the prompt, the candidates and their thoughts. */
export function writeUsage({ input, output, cachedInput, reasoning }: PivotUsage): JsonObject {
  const thoughts = Math.min(reasoning ?? 0, output);
  return {
    promptTokenCount: input,
    ...(cachedInput === null ? {} : { cachedContentTokenCount: cachedInput }),
    candidatesTokenCount: output - thoughts,
    ...(thoughts === 0 ? {} : { thoughtsTokenCount: thoughts }),
    totalTokenCount: input + output,
  };
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
