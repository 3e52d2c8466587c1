import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { PivotUsage } from '../../pivot/response.ts';
import { cacheWrites } from '../../usage/counts.ts';
import { detailedMedia } from '../../usage/media-counts.ts';

/** Reads `usage` of an answer; null where it counts nothing. A partial count is completed from the total. */
export function readUsage(value: unknown): PivotUsage | null {
  if (!isJsonRecord(value)) return null;
  const total = count(value['total_tokens']);
  const read = count(value['input_tokens']);
  const written = count(value['output_tokens']);
  if (total === null && read === null && written === null) return null;
  const input = read ?? Math.max(0, (total ?? 0) - (written ?? 0));
  const details = record(value['input_tokens_details']);
  return {
    input,
    output: written ?? Math.max(0, (total ?? 0) - input),
    cachedInput: count(details['cached_tokens']),
    cacheWriteInput: cacheWrites(details),
    reasoning: count(record(value['output_tokens_details'])['reasoning_tokens']),
    ...detailedMedia(details, value['output_tokens_details']),
  };
}

/** `usage` as OpenAI writes it: its details are required; what nobody counted is 0. */
export function writeUsage({ input, output, cachedInput, cacheWriteInput, reasoning }: PivotUsage): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cachedInput ?? 0, cache_write_tokens: cacheWriteInput ?? 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning ?? 0 },
    total_tokens: input + output,
  };
}

function record(value: unknown): JsonObject {
  return isJsonRecord(value) ? value : {};
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
