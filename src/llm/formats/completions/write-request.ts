import { nearestEffort, type ModelFacts } from '../../models/facts.ts';
import type { Drops } from '../../pivot/drops.ts';
import type { JsonObject, RequestContext } from '../../pivot/format.ts';
import type { OutputFormat, PivotRequest, PivotTool, Reasoning, Sampling, ToolChoice } from '../../pivot/request.ts';
import type { ToolNames } from '../../pivot/tool-names.ts';
import { inDialect } from './dialect.ts';
import { toolNameRule } from './limits.ts';
import { TARGET } from './write-content.ts';
import { writeMessages } from './write-messages.ts';

const MAX_STOPS = 4;
/** From how many tokens a budget of reasoning is more than the effort before: the efforts that every model knows. */
const MEDIUM_BUDGET = 2048;
const HIGH_BUDGET = 4096;
const NO_PARAMETERS: JsonObject = { type: 'object', properties: {} };

/**
 * Writes a Chat Completions request. Usage is always asked for: the gateway counts it, whatever the client wants to see.
 *
 * @throws LlmBadRequest through `drops`
 */
export function writeRequest(request: PivotRequest, context: RequestContext): JsonObject {
  const { drops, facts, dialect } = context;
  for (const extra of request.extras) drops.extra(extra, TARGET);
  const body = {
    model: request.model,
    ...writeTools(request, context),
    ...(request.output === null ? {} : { response_format: writeOutput(request.output) }),
    ...writeSampling(request.sampling, dialect?.topK === true, drops),
    ...writeStop(request.stop, drops),
    ...(request.maxTokens === null ? {} : { max_completion_tokens: request.maxTokens }),
    ...writeReasoning(request.reasoning, facts, drops),
    ...(request.user === null ? {} : { user: request.user }),
    ...(request.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    messages: writeMessages(request.system, request.messages, context),
  };
  return dialect === undefined ? body : inDialect(body, dialect, facts, drops);
}

/** OpenAI refuses to be told how to use tools where there are none. */
function writeTools({ tools, toolChoice, parallelTools }: PivotRequest, { drops, names }: RequestContext): JsonObject {
  if (tools.length === 0) {
    if (toolChoice === null || toolChoice.kind === 'auto' || toolChoice.kind === 'none') return {};
    drops.meaning('tool_choice', `${TARGET} without tools`);
    return {};
  }
  if (tools.some((tool) => tool.cache !== undefined)) drops.hint('tools[].cache_control');
  return {
    tools: tools.map((tool) => writeTool(tool, names)),
    ...(toolChoice === null ? {} : { tool_choice: writeToolChoice(toolChoice, names) }),
    ...(parallelTools === null ? {} : { parallel_tool_calls: parallelTools }),
  };
}

function writeTool({ name, description, schema, strict }: PivotTool, names: ToolNames): JsonObject {
  return {
    type: 'function',
    function: {
      name: names.toTarget(name, toolNameRule),
      ...(description === null ? {} : { description }),
      parameters: schema ?? NO_PARAMETERS,
      ...(strict === null ? {} : { strict }),
    },
  };
}

function writeToolChoice(choice: ToolChoice, names: ToolNames): unknown {
  if (choice.kind !== 'tool') return choice.kind;
  return { type: 'function', function: { name: names.toTarget(choice.name, toolNameRule) } };
}

function writeOutput(output: OutputFormat): JsonObject {
  if (output.kind === 'json') return { type: 'json_object' };
  const { name, schema, strict } = output;
  return { type: 'json_schema', json_schema: { name, schema, ...(strict === null ? {} : { strict }) } };
}

function writeSampling(sampling: Sampling, takesTopK: boolean, drops: Drops): JsonObject {
  const { temperature, topP, topK, seed, frequencyPenalty, presencePenalty } = sampling;
  if (topK !== null && !takesTopK) drops.meaning('top_k', TARGET);
  return {
    ...(temperature === null ? {} : { temperature }),
    ...(topP === null ? {} : { top_p: topP }),
    ...(topK === null || !takesTopK ? {} : { top_k: topK }),
    ...(seed === null ? {} : { seed }),
    ...(frequencyPenalty === null ? {} : { frequency_penalty: frequencyPenalty }),
    ...(presencePenalty === null ? {} : { presence_penalty: presencePenalty }),
  };
}

function writeStop(stop: readonly string[], drops: Drops): JsonObject {
  if (stop.length === 0) return {};
  if (stop.length > MAX_STOPS) drops.meaning('stop', `${TARGET} beyond ${MAX_STOPS} entries`);
  return { stop: stop.slice(0, MAX_STOPS) };
}

/** The effort that the model knows and that is nearest to what was asked for. */
function writeReasoning(reasoning: Reasoning | null, facts: ModelFacts, drops: Drops): JsonObject {
  const wanted = reasoning?.effort ?? effortOf(reasoning?.budgetTokens ?? null);
  if (wanted === null) return {};
  if (wanted === 'none') return facts.thinking === 'none' ? {} : { reasoning_effort: 'none' };
  const effort = facts.thinking === 'none' ? undefined : nearestEffort(wanted, facts.efforts);
  if (effort !== undefined) return { reasoning_effort: effort };
  drops.hint('reasoning');
  return {};
}

function effortOf(budget: number | null): 'low' | 'medium' | 'high' | null {
  if (budget === null) return null;
  if (budget < MEDIUM_BUDGET) return 'low';
  return budget < HIGH_BUDGET ? 'medium' : 'high';
}
