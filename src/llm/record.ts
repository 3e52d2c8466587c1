/** What one LLM exchange was about, for the access log (`gen_ai.*`), metrics and later limits. Null: not known. */
export class LlmRecord {
  /** What the request's path is for: `chat`, `embeddings` … (`gen_ai.operation.name`). */
  operation: string;
  /** Provider kind (`gen_ai.provider.name`). */
  provider: string | null;
  /** Model as the client named it. */
  requestModel: string | null;
  /** Model as the provider named it in its answer. */
  responseModel: string | null;
  /** The client asked for a stream. */
  streaming: boolean;
  /** Tokens read, those from a cache and those written to one included. */
  inputTokens: number | null;
  /** Tokens written, reasoning included. */
  outputTokens: number | null;
  totalTokens: number | null;
  /** Part of {@link inputTokens} that came from the provider's cache. */
  cachedInputTokens: number | null;
  /** Part of {@link inputTokens} that was put into the provider's cache. */
  cacheCreationInputTokens: number | null;
  /** Parts of {@link inputTokens} by what they stand for. */
  inputAudioTokens: number | null;
  inputImageTokens: number | null;
  /** Part of {@link outputTokens} spent on reasoning. */
  reasoningTokens: number | null;
  /** Parts of {@link outputTokens} by what they stand for. */
  outputAudioTokens: number | null;
  outputImageTokens: number | null;
  /** Counts of tokens that the provider did not give were estimated. */
  estimated: boolean;
  /** Milliseconds from the request to the first content of a streamed answer. */
  timeToFirstTokenMs: number | null;
  /** Providers that failed before the one that is recorded here, each with its status or reason: `name:429`. */
  tried: readonly string[];
  /** What providers used that failed before this one, where they said it; their tokens are not in the counts here. */
  failed: readonly LlmRecord[];

  /** Members of the request that its translation left out. */
  dropped: readonly string[];

  constructor(operation: string, provider: string | null, requestModel: string | null, streaming: boolean) {
    this.operation = operation;
    this.provider = provider;
    this.requestModel = requestModel;
    this.responseModel = null;
    this.streaming = streaming;
    this.inputTokens = null;
    this.outputTokens = null;
    this.totalTokens = null;
    this.cachedInputTokens = null;
    this.cacheCreationInputTokens = null;
    this.inputAudioTokens = null;
    this.inputImageTokens = null;
    this.reasoningTokens = null;
    this.outputAudioTokens = null;
    this.outputImageTokens = null;
    this.estimated = false;
    this.timeToFirstTokenMs = null;
    this.tried = none;
    this.failed = noRecords;
    this.dropped = none;
  }
}

const none: readonly string[] = [];
const noRecords: readonly LlmRecord[] = [];

/** Tokens of one provider's answer; null: it did not say. */
export function tokensOf({ inputTokens, outputTokens, totalTokens }: LlmRecord): number | null {
  if (inputTokens !== null || outputTokens !== null) return (inputTokens ?? 0) + (outputTokens ?? 0);
  return totalTokens;
}

/** Tokens of providers that failed before the one that is recorded. */
export function failedTokens({ failed }: LlmRecord): number {
  return failed.reduce((sum, record) => sum + (tokensOf(record) ?? 0), 0);
}
