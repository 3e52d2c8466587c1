import { within } from '../../pivot/drops.ts';
import type { PivotRequest, PivotTool, ToolChoice } from '../../pivot/request.ts';
import { cleanSchema } from './clean-schema.ts';
import type { Written } from './members.ts';
import { target, writeName, type WriteContext } from './write-context.ts';

/** `tools` and `toolConfig`; undefined members are left out of the body. */
export interface WrittenTools {
  readonly tools: readonly Written[] | undefined;
  readonly toolConfig: Written | undefined;
}

/** Writes the tools and the choice among them. @throws LlmBadRequest through `drops` */
export function writeTools({ tools, toolChoice, parallelTools }: PivotRequest, context: WriteContext): WrittenTools {
  const { drops } = context;
  if (tools.length === 0) {
    if (toolChoice?.kind === 'required' || toolChoice?.kind === 'tool') {
      drops.meaning('tool_choice', `${target} without tools`);
    }
    return { tools: undefined, toolConfig: undefined };
  }
  if (tools.some((tool) => tool.cache !== undefined)) drops.hint('tools[].cache_control');
  // The API has no such switch; an agent that gets several calls can still answer all of them.
  if (parallelTools === false) drops.hint('parallel_tool_calls');
  return {
    tools: [{ functionDeclarations: tools.map((tool, index) => writeTool(tool, `tools[${index}]`, context)) }],
    toolConfig: toolChoice === null ? undefined : { functionCallingConfig: writeChoice(toolChoice, context) },
  };
}

function writeTool(tool: PivotTool, path: string, context: WriteContext): Written {
  const { name, description, schema, strict } = tool;
  if (strict === true) context.drops.hint(`${path}.strict`, within(tool, 'strict'));
  return {
    name: writeName(name, context),
    ...(description === null || description === '' ? {} : { description }),
    ...writeParameters(schema, context),
  };
}

/** A function without parameters has none: the older subset refuses objects without properties. */
function writeParameters(schema: PivotTool['schema'], { gemini }: WriteContext): Written {
  if (schema === null) return {};
  if (gemini.schemas !== 'openapi') return { parametersJsonSchema: schema };
  const parameters = cleanSchema(schema);
  return parameters['properties'] === undefined ? {} : { parameters };
}

function writeChoice(choice: ToolChoice, context: WriteContext): Written {
  switch (choice.kind) {
    case 'auto':
      return { mode: 'AUTO' };
    case 'none':
      return { mode: 'NONE' };
    case 'required':
      return { mode: 'ANY' };
    case 'tool':
      return { mode: 'ANY', allowedFunctionNames: [writeName(choice.name, context)] };
  }
}
