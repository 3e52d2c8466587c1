import { wallMs } from '../../../base/clock.ts';
import { completionsFormat } from '../../../llm/formats/completions/completions.ts';
import { LlmBadRequest } from '../../../llm/pivot/drops.ts';
import type { PivotRequest } from '../../../llm/pivot/request.ts';
import { ToolNames } from '../../../llm/pivot/tool-names.ts';
import type { LlmAsk } from '../../../llm/request/plan.ts';
import type { Attempt } from './attempt.ts';
import type { Translation } from './translation.ts';

/**
 * For a provider whose chat streams break the format's contract: a translation of its answer from the format to itself,
 * which keeps it. Null where the stream can pass, or holds what the translation has no place for.
 */
export function repairOf(ask: LlmAsk, { traits }: Attempt): Translation | null {
  const { repairs = [] } = traits;
  if (repairs.length === 0 || ask.type !== 'completions' || ask.body === null) return null;
  const { json } = ask.body;
  if (json['logprobs'] === true || (typeof json['n'] === 'number' && json['n'] > 1)) return null;
  const request = readRequest(json);
  if (request === null) return null;
  const { model, includeUsage } = request;
  const context = { model, now: Math.floor(wallMs() / 1000), includeUsage, request, body: json, query: '' };
  return {
    pair: { client: completionsFormat, upstream: completionsFormat },
    request: { written: json, dropped: [], context, names: new ToolNames() },
  };
}

/** Null for a request that only its provider understands. */
function readRequest(json: Parameters<typeof completionsFormat.readRequest>[0]): PivotRequest | null {
  try {
    return completionsFormat.readRequest(json, { model: null, stream: null });
  } catch (error) {
    if (error instanceof LlmBadRequest) return null;
    throw error;
  }
}
