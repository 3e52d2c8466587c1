import { isJsonRecord } from '../../json/parse.ts';
import type { PivotUsage } from '../../pivot/response.ts';

/** Reads `TokenUsage`; cached tokens are added to `input`, as the pivot has it. Null where there is none. */
export function readUsage(usage: unknown): PivotUsage | null {
  if (!isJsonRecord(usage)) return null;
  const cached = count(usage['cacheReadInputTokens']);
  const written = count(usage['cacheWriteInputTokens']);
  return {
    input: (count(usage['inputTokens']) ?? 0) + (cached ?? 0) + (written ?? 0),
    output: count(usage['outputTokens']) ?? 0,
    cachedInput: cached,
    cacheWriteInput: written,
    reasoning: null,
  };
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
