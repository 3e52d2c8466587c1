import type { LlmRecord } from '../../llm/record.ts';
import type { McpRecord } from '../../mcp/record.ts';
import type { Metrics } from '../../telemetry/metrics/names.ts';

/** Counts what an LLM exchange used (OpenTelemetry GenAI metrics). */
export function countLlm(
  metrics: Metrics,
  route: readonly string[],
  llm: LlmRecord,
  durationMs: number,
  custom: readonly string[],
): void {
  const labels = [...route, llm.operation, llm.provider ?? '', llm.requestModel ?? '', llm.responseModel ?? ''];
  const usage: readonly [string, number | null][] = [
    ['input', llm.inputTokens],
    ['output', llm.outputTokens],
    ['cached_input', llm.cachedInputTokens],
    ['reasoning', llm.reasoningTokens],
  ];
  for (const [type, tokens] of usage) {
    if (tokens !== null) metrics.genAiTokenUsage.with(...labels, type, ...custom).observe(tokens);
  }
  metrics.genAiRequestDuration.with(...labels, ...custom).observe(durationMs / 1000);
  const first = llm.timeToFirstTokenMs;
  if (first === null) return;
  metrics.genAiTimeToFirstToken.with(...labels, ...custom).observe(first / 1000);
  if (llm.outputTokens !== null && llm.outputTokens > 1) {
    const perToken = (durationMs - first) / 1000 / (llm.outputTokens - 1);
    metrics.genAiTimePerOutputToken.with(...labels, ...custom).observe(perToken);
  }
}

/** Counts an MCP request by method and by what it called. */
export function countMcp(metrics: Metrics, route: readonly string[], mcp: McpRecord, custom: readonly string[]): void {
  metrics.mcpRequests
    .with(...route, mcp.methodName ?? '', mcp.resourceType ?? '', mcp.target ?? '', mcp.resourceName ?? '', ...custom)
    .add(1);
}
