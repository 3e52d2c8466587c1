import type { JsonObject } from '../../pivot/format.ts';
import type { PivotUsage } from '../../pivot/response.ts';
import { countOf, isObject } from './members.ts';

/** Reads `usage`; cached tokens are added to `input`, as the pivot has it. Null where there is none. */
export function readUsage(usage: unknown): PivotUsage | null {
  if (!isObject(usage)) return null;
  const cached = countOf(usage['cache_read_input_tokens']);
  const written = countOf(usage['cache_creation_input_tokens']);
  const details = usage['output_tokens_details'];
  return {
    input: (countOf(usage['input_tokens']) ?? 0) + (cached ?? 0) + (written ?? 0),
    output: countOf(usage['output_tokens']) ?? 0,
    cachedInput: cached,
    cacheWriteInput: written,
    reasoning: isObject(details) ? countOf(details['thinking_tokens']) : null,
  };
}

/** Writes the whole `usage` object: clients of this API fail on a part of one. */
export function writeUsage(usage: PivotUsage | null): JsonObject {
  const cached = usage?.cachedInput ?? 0;
  const written = usage?.cacheWriteInput ?? 0;
  const reasoning = usage?.reasoning ?? null;
  return {
    input_tokens: Math.max(0, (usage?.input ?? 0) - cached - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cached,
    cache_creation: null,
    output_tokens: usage?.output ?? 0,
    ...(reasoning === null ? {} : { output_tokens_details: { thinking_tokens: reasoning } }),
    server_tool_use: null,
    service_tier: null,
  };
}
