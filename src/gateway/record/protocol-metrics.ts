import type { LlmRecord } from '../../llm/record.ts';
import type { McpRecord } from '../../mcp/record.ts';
import type { CounterFamily, HistogramFamily } from '../../telemetry/metrics/family.ts';
import type { Metrics } from '../../telemetry/metrics/names.ts';
import type { Histogram } from '../../telemetry/metrics/series.ts';

/** Shown where a label's value is not known; a name of its own, so that looking it up is as fast as any other. */
const unknown = 'unknown';

/** The series of LLM requests between the same models. */
interface LlmSeries {
  readonly operation: string;
  readonly requestModel: string | null;
  readonly responseModel: string | null;
  readonly provider: string | null;
  readonly input: Histogram;
  readonly output: Histogram;
  readonly cachedInput: Histogram;
  readonly reasoning: Histogram;
  readonly duration: Histogram;
  readonly firstToken: Histogram;
  readonly perToken: Histogram;
}

/** LLM metrics of one route (OpenTelemetry GenAI metrics). */
export class LlmMetrics {
  readonly #usage: HistogramFamily;
  readonly #duration: HistogramFamily;
  readonly #firstToken: HistogramFamily;
  readonly #perToken: HistogramFamily;
  #last: LlmSeries | null;

  /** @param route The leading label values. */
  constructor(metrics: Metrics, route: readonly string[]) {
    this.#usage = metrics.genAiTokenUsage.bind(...route);
    this.#duration = metrics.genAiRequestDuration.bind(...route);
    this.#firstToken = metrics.genAiTimeToFirstToken.bind(...route);
    this.#perToken = metrics.genAiTimePerOutputToken.bind(...route);
    this.#last = null;
  }

  /** Counts what an exchange used. */
  count(llm: LlmRecord, durationMs: number, custom: readonly string[]): void {
    const series = this.#series(llm, custom);
    if (llm.inputTokens !== null) series.input.observe(llm.inputTokens);
    if (llm.outputTokens !== null) series.output.observe(llm.outputTokens);
    if (llm.cachedInputTokens !== null) series.cachedInput.observe(llm.cachedInputTokens);
    if (llm.reasoningTokens !== null) series.reasoning.observe(llm.reasoningTokens);
    this.#countRare(llm, custom);
    for (const failed of llm.failed) this.#countFailed(failed, custom);
    series.duration.observe(durationMs / 1000);
    const first = llm.timeToFirstTokenMs;
    if (first === null) return;
    series.firstToken.observe(first / 1000);
    if (llm.outputTokens !== null && llm.outputTokens > 1) {
      series.perToken.observe((durationMs - first) / 1000 / (llm.outputTokens - 1));
    }
  }

  /** What a provider used that failed before another one answered. */
  #countFailed(llm: LlmRecord, custom: readonly string[]): void {
    const observe = (type: string, tokens: number | null): void => {
      if (tokens !== null) this.#usage.with(...labelsOf(llm), type, ...custom).observe(tokens);
    };
    observe('input', llm.inputTokens);
    observe('output', llm.outputTokens);
    observe('cached_input', llm.cachedInputTokens);
    observe('reasoning', llm.reasoningTokens);
    this.#countRare(llm, custom);
  }

  /** Kinds that most models do not have get their series when they first occur. */
  #countRare(llm: LlmRecord, custom: readonly string[]): void {
    const observe = (type: string, tokens: number | null): void => {
      if (tokens === null || tokens === 0) return;
      this.#usage.with(...labelsOf(llm), type, ...custom).observe(tokens);
    };
    observe('cache_creation_input', llm.cacheCreationInputTokens);
    observe('input_audio', llm.inputAudioTokens);
    observe('input_image', llm.inputImageTokens);
    observe('output_audio', llm.outputAudioTokens);
    observe('output_image', llm.outputImageTokens);
  }

  #series(llm: LlmRecord, custom: readonly string[]): LlmSeries {
    const last = this.#last;
    if (
      last !== null &&
      custom.length === 0 &&
      last.requestModel === llm.requestModel &&
      last.responseModel === llm.responseModel &&
      last.operation === llm.operation &&
      last.provider === llm.provider
    ) {
      return last;
    }
    const { operation, provider, requestModel, responseModel } = llm;
    const labels = labelsOf(llm);
    const usage = (type: string): Histogram => this.#usage.with(...labels, type, ...custom);
    this.#last = {
      operation,
      provider,
      requestModel,
      responseModel,
      input: usage('input'),
      output: usage('output'),
      cachedInput: usage('cached_input'),
      reasoning: usage('reasoning'),
      duration: this.#duration.with(...labels, ...custom),
      firstToken: this.#firstToken.with(...labels, ...custom),
      perToken: this.#perToken.with(...labels, ...custom),
    };
    return this.#last;
  }
}

function labelsOf({ operation, provider, requestModel, responseModel }: LlmRecord): string[] {
  return [operation, provider ?? unknown, requestModel ?? unknown, responseModel ?? unknown];
}

/** MCP metrics of one route. */
export class McpMetrics {
  readonly #requests: CounterFamily;
  readonly #limits: CounterFamily;

  /** @param route The leading label values. */
  constructor(metrics: Metrics, route: readonly string[]) {
    this.#requests = metrics.mcpRequests.bind(...route);
    this.#limits = metrics.mcpLimits.bind(...route);
  }

  /** Counts a request by its method and by what it called. */
  count(mcp: McpRecord, custom: readonly string[]): void {
    const { methodName, resourceType, target, resourceName, limit } = mcp;
    if (limit !== undefined) this.#limits.with(limit).add(1);
    // Streams and the ends of sessions are no requests of the protocol.
    if (methodName === '') return;
    this.#requests
      .with(methodName || unknown, resourceType || unknown, target || unknown, resourceName || unknown, ...custom)
      .add(1);
  }
}
