import type { JsonObject, RequestContext } from '../../pivot/format.ts';
import type { PivotRequest, PivotTool, ToolChoice } from '../../pivot/request.ts';
import type { ToolNames } from '../../pivot/tool-names.ts';
import { TARGET } from './write-content.ts';
import { nameRule } from './write-input.ts';

const NO_PARAMETERS: JsonObject = { type: 'object', properties: {} };

/**
 * Writes `tools`, `tool_choice` and `parallel_tool_calls`. OpenAI refuses to be told how to use tools where there are none.
 *
 * @throws LlmBadRequest
 */
export function writeTools(request: PivotRequest, { drops, names }: RequestContext): JsonObject {
  const { tools, toolChoice, parallelTools } = request;
  if (tools.length === 0) {
    if (toolChoice === null || toolChoice.kind === 'auto' || toolChoice.kind === 'none') return {};
    drops.meaning('tool_choice', `${TARGET} without tools`);
    return {};
  }
  if (tools.some((tool) => tool.cache !== undefined)) drops.hint('tools[].cache_control');
  return {
    tools: tools.map((tool) => writeTool(tool, names)),
    ...(toolChoice === null ? {} : { tool_choice: writeToolChoice(toolChoice, tools, names) }),
    ...(parallelTools === null ? {} : { parallel_tool_calls: parallelTools }),
  };
}

/** Functions are strict here unless they say otherwise, which elsewhere is the other way round. */
function writeTool({ name, description, schema, strict, freeform }: PivotTool, names: ToolNames): JsonObject {
  const named = {
    name: names.toTarget(name, nameRule),
    ...(description === null ? {} : { description }),
  };
  if (freeform !== undefined) return { type: 'custom', ...named, ...(freeform === null ? {} : { format: freeform }) };
  return { type: 'function', ...named, parameters: schema ?? NO_PARAMETERS, strict: strict ?? false };
}

function writeToolChoice(choice: ToolChoice, tools: readonly PivotTool[], names: ToolNames): unknown {
  if (choice.kind !== 'tool') return choice.kind;
  const freeform = tools.some((tool) => tool.name === choice.name && tool.freeform !== undefined);
  return { type: freeform ? 'custom' : 'function', name: names.toTarget(choice.name, nameRule) };
}
