import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { PivotUsage } from '../../pivot/response.ts';
import { cacheWrites, withReasoning } from '../../usage/counts.ts';
import { detailedMedia } from '../../usage/media-counts.ts';

/**
 * Reads `usage` of an answer or chunk, or Groq's `x_groq.usage`; null where it counts nothing. Partial counts are
 * completed from the total, else from what came `before` in the same stream; cached tokens also in DeepSeek's and
 * Anthropic's spelling.
 */
export function readUsage(body: JsonObject, before: PivotUsage | null = null): PivotUsage | null {
  const groq = body['x_groq'];
  const usage = body['usage'] ?? (isJsonRecord(groq) ? groq['usage'] : undefined);
  if (!isJsonRecord(usage)) return null;
  const total = count(usage['total_tokens']);
  const read = count(usage['prompt_tokens']);
  const written = count(usage['completion_tokens']);
  if (total === null && read === null && written === null) return null;
  const prompt = details(usage['prompt_tokens_details']);
  const input = read ?? (total === null ? (before?.input ?? 0) : Math.max(0, total - (written ?? 0)));
  const rest = total === null ? null : Math.max(0, total - input);
  const reasoning = count(details(usage['completion_tokens_details'])['reasoning_tokens']);
  return {
    input,
    output: written === null ? (rest ?? before?.output ?? 0) : withReasoning(written, reasoning, rest),
    cachedInput:
      count(prompt['cached_tokens']) ??
      count(usage['cache_read_input_tokens']) ??
      count(usage['prompt_cache_hit_tokens']),
    cacheWriteInput: cacheWrites(prompt) ?? count(usage['cache_creation_input_tokens']),
    reasoning,
    ...detailedMedia(prompt, usage['completion_tokens_details']),
  };
}

/** `usage` as OpenAI writes it: the prompt includes cached tokens, the completion includes reasoning. */
export function writeUsage(usage: PivotUsage): JsonObject {
  const { input, output, cachedInput, cacheWriteInput, reasoning } = usage;
  const prompt = {
    ...(cachedInput === null ? {} : { cached_tokens: cachedInput }),
    ...(cacheWriteInput === null ? {} : { cache_write_tokens: cacheWriteInput }),
  };
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(cachedInput === null && cacheWriteInput === null ? {} : { prompt_tokens_details: prompt }),
    ...(reasoning === null ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
  };
}

function details(value: unknown): JsonObject {
  return isJsonRecord(value) ? value : {};
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
