import { isJsonRecord, type JsonRecord } from '../json/parse.ts';
import type { PivotUsage } from '../pivot/response.ts';
import type { LlmRecord } from '../record.ts';

/** Tokens by kind as one `usage` object has them; null where it does not say. Input includes cached, output reasoning. */
interface TokenCounts {
  readonly input: number | null;
  readonly output: number | null;
  readonly total: number | null;
  readonly cached?: number | null;
  readonly written?: number | null;
  readonly reasoning?: number | null;
  readonly inputDetails?: JsonRecord | null;
  readonly outputDetails?: JsonRecord | null;
}

type Reader = (usage: JsonRecord) => TokenCounts | null;

/** How each API says it; the first that finds its own members wins. */
const readers: readonly Reader[] = [readChat, readMessages, readGemini, readConverse, readCohere];

/** Puts the counts of a `usage` object of any provider into `record`; what it does not say stays. False: it has none. */
export function applyUsage(usage: unknown, record: LlmRecord): boolean {
  if (!isJsonRecord(usage)) return false;
  for (const read of readers) {
    const counts = read(usage);
    if (counts === null) continue;
    apply(counts, record);
    return true;
  }
  return false;
}

/** Puts the counts of a translated answer into `record`. */
export function applyPivotUsage(usage: PivotUsage, record: LlmRecord): void {
  record.inputTokens = usage.input;
  record.outputTokens = usage.output;
  record.totalTokens = usage.input + usage.output;
  record.cachedInputTokens = usage.cachedInput ?? record.cachedInputTokens;
  record.cacheCreationInputTokens = usage.cacheWriteInput ?? record.cacheCreationInputTokens;
  record.reasoningTokens = usage.reasoning ?? record.reasoningTokens;
  record.inputAudioTokens = usage.inputAudio ?? record.inputAudioTokens;
  record.inputImageTokens = usage.inputImage ?? record.inputImageTokens;
  record.outputAudioTokens = usage.outputAudio ?? record.outputAudioTokens;
  record.outputImageTokens = usage.outputImage ?? record.outputImageTokens;
}

function apply(counts: TokenCounts, record: LlmRecord): void {
  record.inputTokens = counts.input ?? record.inputTokens;
  record.outputTokens = counts.output ?? record.outputTokens;
  record.totalTokens = counts.total ?? (record.inputTokens ?? 0) + (record.outputTokens ?? 0);
  record.cachedInputTokens = counts.cached ?? record.cachedInputTokens;
  record.cacheCreationInputTokens = counts.written ?? record.cacheCreationInputTokens;
  record.reasoningTokens = counts.reasoning ?? record.reasoningTokens;
  const { inputDetails = null, outputDetails = null } = counts;
  record.inputAudioTokens = some(inputDetails?.['audio_tokens']) ?? record.inputAudioTokens;
  record.inputImageTokens = some(inputDetails?.['image_tokens']) ?? record.inputImageTokens;
  record.outputAudioTokens = some(outputDetails?.['audio_tokens']) ?? record.outputAudioTokens;
  record.outputImageTokens = some(outputDetails?.['image_tokens']) ?? record.outputImageTokens;
}

/** OpenAI's chat completions, and what copies them (OpenAI API reference: `CompletionUsage`). */
function readChat(usage: JsonRecord): TokenCounts | null {
  const input = count(usage['prompt_tokens']);
  const output = count(usage['completion_tokens']);
  const bare = usage['input_tokens'] === undefined && usage['output_tokens'] === undefined;
  const total = bare ? count(usage['total_tokens']) : null;
  if (input === null && output === null && total === null) return null;
  const inputDetails = details(usage['prompt_tokens_details']);
  const outputDetails = details(usage['completion_tokens_details']);
  const reasoning = count(outputDetails?.['reasoning_tokens']);
  return {
    input,
    output: output === null ? null : withReasoning(output, reasoning, total === null ? null : total - (input ?? 0)),
    total,
    // Those who copy it have the names of Messages beside it; DeepSeek has its own.
    cached:
      count(inputDetails?.['cached_tokens']) ??
      count(usage['cache_read_input_tokens']) ??
      count(usage['prompt_cache_hit_tokens']),
    written: cacheWrites(inputDetails) ?? count(usage['cache_creation_input_tokens']),
    reasoning,
    inputDetails,
    outputDetails,
  };
}

/**
 * Tokens written, reasoning included: xAI leaves it out of `completion_tokens`, which only the total shows.
 *
 * @param rest The total without the prompt; null: not said.
 */
export function withReasoning(output: number, reasoning: number | null, rest: number | null): number {
  return reasoning !== null && output + reasoning === rest ? rest : output;
}

/** Part of the prompt that was put into a cache, which `input` includes (OpenAI API reference; the second is older). */
export function cacheWrites(inputDetails: JsonRecord | null): number | null {
  return count(inputDetails?.['cache_write_tokens']) ?? count(inputDetails?.['cache_creation_tokens']);
}

/** `input_tokens` is Responses' with caches included, or Messages' without them, which then stand beside it. */
function readMessages(usage: JsonRecord): TokenCounts | null {
  const input = count(usage['input_tokens']);
  const output = count(usage['output_tokens']);
  if (input === null && output === null) return null;
  const cached = count(usage['cache_read_input_tokens']);
  const written = count(usage['cache_creation_input_tokens']);
  const inputDetails = details(usage['input_tokens_details'] ?? usage['input_token_details']);
  const outputDetails = details(usage['output_tokens_details'] ?? usage['output_token_details']);
  return {
    input: input === null ? null : input + (cached ?? 0) + (written ?? 0),
    output,
    total: count(usage['total_tokens']),
    cached: cached ?? count(inputDetails?.['cached_tokens']),
    written: written ?? cacheWrites(inputDetails),
    reasoning: count(outputDetails?.['reasoning_tokens']) ?? count(outputDetails?.['thinking_tokens']),
    inputDetails,
    outputDetails,
  };
}

/** Gemini's `usageMetadata`: thoughts are beside the candidates unless the sum says that they are in them. */
function readGemini(usage: JsonRecord): TokenCounts | null {
  const prompt = count(usage['promptTokenCount']);
  const candidates = count(usage['candidatesTokenCount']);
  const total = count(usage['totalTokenCount']);
  if (prompt === null && candidates === null && total === null) return null;
  const tools = count(usage['toolUsePromptTokenCount']) ?? 0;
  const thoughts = count(usage['thoughtsTokenCount']);
  const inclusive = (prompt ?? 0) + (candidates ?? 0) + tools === total;
  const output =
    candidates === null && thoughts === null ? null : (candidates ?? 0) + (inclusive ? 0 : (thoughts ?? 0));
  return {
    input: prompt === null ? null : prompt + tools,
    output,
    total,
    cached: count(usage['cachedContentTokenCount']),
    reasoning: thoughts,
    inputDetails: modalities(usage['promptTokensDetails']),
    outputDetails: modalities(usage['candidatesTokensDetails']),
  };
}

/** Bedrock Converse: what came from and went to caches is beside `inputTokens`. */
function readConverse(usage: JsonRecord): TokenCounts | null {
  const input = count(usage['inputTokens']);
  const output = count(usage['outputTokens']);
  if (input === null && output === null) return null;
  const cached = count(usage['cacheReadInputTokens']);
  const written = count(usage['cacheWriteInputTokens']);
  return {
    input: input === null ? null : input + (cached ?? 0) + (written ?? 0),
    output,
    total: count(usage['totalTokens']),
    cached,
    written,
  };
}

/** Cohere v2: `tokens` is what the model saw, `billed_units` what is paid. */
function readCohere(usage: JsonRecord): TokenCounts | null {
  const tokens = details(usage['tokens']) ?? details(usage['billed_units']);
  if (tokens === null) return null;
  const input = count(tokens['input_tokens']);
  const output = count(tokens['output_tokens']);
  if (input === null && output === null) return null;
  return { input, output, total: null, cached: count(usage['cached_tokens']) };
}

/** Gemini's list of counts by modality, under OpenAI's names. */
function modalities(value: unknown): JsonRecord | null {
  if (!Array.isArray(value)) return null;
  const found: Record<string, unknown> = {};
  for (const entry of value) {
    if (!isJsonRecord(entry) || typeof entry['modality'] !== 'string') continue;
    found[`${entry['modality'].toLowerCase()}_tokens`] = entry['tokenCount'];
  }
  return found;
}

function details(value: unknown): JsonRecord | null {
  return isJsonRecord(value) ? value : null;
}

/** A count of what most requests have none of: 0 says nothing. */
function some(value: unknown): number | null {
  return value === 0 ? null : count(value);
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
