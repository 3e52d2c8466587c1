import { monotonicMs } from '../../base/clock.ts';
import { durationFromMs } from '../../expr/cel/time.ts';
import type { LlmRecord } from '../../llm/record.ts';

/**
 * The variable `llm` of expressions (agentgateway §7): what is known of an LLM exchange; what is not is absent.
 *
 * @param startedMs Monotonic time of the request.
 */
export function llmAttributes(record: LlmRecord, startedMs: number): unknown {
  const { timeToFirstTokenMs: first, outputTokens } = record;
  const perToken =
    first === null || outputTokens === null || outputTokens < 2
      ? null
      : (monotonicMs() - startedMs - first) / (outputTokens - 1);
  const known = {
    streaming: record.streaming,
    requestModel: record.requestModel,
    responseModel: record.responseModel,
    provider: record.provider,
    inputTokens: record.inputTokens,
    inputImageTokens: record.inputImageTokens,
    inputAudioTokens: record.inputAudioTokens,
    cachedInputTokens: record.cachedInputTokens,
    cacheCreationInputTokens: record.cacheCreationInputTokens,
    outputTokens,
    outputImageTokens: record.outputImageTokens,
    outputAudioTokens: record.outputAudioTokens,
    reasoningTokens: record.reasoningTokens,
    totalTokens: record.totalTokens,
    timeToFirstToken: first === null ? null : durationFromMs(first),
    timePerOutputToken: perToken === null ? null : durationFromMs(perToken),
  };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null));
}
