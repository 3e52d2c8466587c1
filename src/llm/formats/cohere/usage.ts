import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { PivotUsage } from '../../pivot/response.ts';

/** Reads `usage`: what was counted (`tokens`), else what is billed, which leaves out what is free. Null for neither. */
export function readUsage(usage: unknown): PivotUsage | null {
  if (!isJsonRecord(usage)) return null;
  const counted = tokensOf(usage['tokens']) ?? tokensOf(usage['billed_units']);
  if (counted === null) return null;
  return { ...counted, cachedInput: count(usage['cached_tokens']), cacheWriteInput: null, reasoning: null };
}

function tokensOf(value: unknown): Pick<PivotUsage, 'input' | 'output'> | null {
  const tokens: JsonObject = isJsonRecord(value) ? value : {};
  const input = count(tokens['input_tokens']);
  const output = count(tokens['output_tokens']);
  return input === null && output === null ? null : { input: input ?? 0, output: output ?? 0 };
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.trunc(value) : null;
}
