import { PivotRefusal, within } from '../../pivot/drops.ts';
import type { PivotRequest, PivotTool, Placed } from '../../pivot/request.ts';
import type { Written } from './cache-marks.ts';
import { outputTool } from './output-tool.ts';
import type { WriteContext } from './write-context.ts';
import { toolNameRule } from './write-content.ts';

/** `tools` and `tool_choice`; undefined members are left out of the body. */
export interface WrittenTools {
  readonly tools: readonly Written[] | undefined;
  readonly choice: Written | undefined;
  /** The answer must be a call, which the API refuses together with thinking. */
  readonly forced: boolean;
}

/**
 * Writes the tools, the choice among them and whether calls may be parallel.
 * @param answerSchema Schema of the answer, where a tool has to carry it; null: the answer is text.
 */
export function writeTools(
  request: PivotRequest,
  answerSchema: Readonly<Record<string, unknown>> | null,
  context: WriteContext,
): WrittenTools {
  const tools = request.tools.map((tool, index) => writeTool(tool, `tools[${index}]`, context));
  const choice = writeChoice(request, context);
  if (answerSchema === null || choice?.['type'] === 'tool') {
    const forced = choice !== undefined && (choice['type'] === 'any' || choice['type'] === 'tool');
    return { tools: tools.length === 0 ? undefined : tools, choice, forced };
  }
  const usable = choice?.['type'] === 'none' ? [] : tools;
  const description = 'Gives the answer to the user. Call it once, with the whole answer as its input.';
  const answer = { name: outputTool, description, input_schema: inputSchema(answerSchema, 'response_format', {}) };
  const forced: Written =
    usable.length === 0 ? { type: 'tool', name: outputTool } : { type: 'any', disable_parallel_tool_use: true };
  return { tools: [...tools, answer], choice: forced, forced: true };
}

function writeTool(tool: PivotTool, path: string, context: WriteContext): Written {
  if (tool.strict === true) context.drops.hint(`${path}.strict`, within(tool, 'strict'));
  const written: Written = { name: context.names.toTarget(tool.name, toolNameRule) };
  if (tool.description !== null) written['description'] = tool.description;
  written['input_schema'] = inputSchema(tool.schema, path, tool);
  return context.marks.mark(written, tool.cache);
}

/** The whole schema, `type: "object"` at its root. */
function inputSchema(schema: Readonly<Record<string, unknown>> | null, path: string, from: Placed): Written {
  if (schema === null) return { type: 'object', properties: {} };
  const type = schema['type'];
  if (type === 'object') return schema;
  if (type === undefined) return { type: 'object', ...schema };
  throw new PivotRefusal(path, (name) => `the schema of ${name} must be of type "object"`, from);
}

function writeChoice(request: PivotRequest, { names }: WriteContext): Written | undefined {
  const { toolChoice, parallelTools, tools } = request;
  if (tools.length === 0) {
    if (toolChoice?.kind !== 'required' && toolChoice?.kind !== 'tool') return undefined;
    throw new PivotRefusal('tool_choice', (name) => `${name} asks for a tool, but there are none`);
  }
  if (toolChoice?.kind === 'none') return { type: 'none' };
  const single = parallelTools === false ? { disable_parallel_tool_use: true } : {};
  switch (toolChoice?.kind) {
    case undefined:
      return parallelTools === false ? { type: 'auto', ...single } : undefined;
    case 'auto':
      return { type: 'auto', ...single };
    case 'required':
      return { type: 'any', ...single };
    case 'tool':
      return { type: 'tool', name: names.toTarget(toolChoice.name, toolNameRule), ...single };
  }
}
