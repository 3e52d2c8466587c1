import { PivotRefusal, within } from '../../pivot/drops.ts';
import type { JsonObject, RequestContext } from '../../pivot/format.ts';
import type { OutputFormat, PivotRequest } from '../../pivot/request.ts';
import type { TokenRule } from '../../pivot/tool-names.ts';
import { outputTool } from '../messages/output-tool.ts';

/** What Cohere allows as the name of a tool (cohere-ai, `Tool.name`); it sets no length, so OpenAI's is taken. */
export const nameRule: TokenRule = {
  forbidden: /[^a-zA-Z0-9_]/g,
  longest: 64,
  start: { pattern: /^[a-zA-Z_]/, prefix: '_' },
};

type Schema = Readonly<Record<string, unknown>>;

const noParameters: Schema = { type: 'object', properties: {} };

/**
 * Writes tools, the choice among them, and the form of the answer. Cohere takes `response_format` or tools, not both:
 * beside tools, the answer is the input of one more tool, and some tool must be called.
 */
export function writeTools(request: PivotRequest, context: RequestContext): JsonObject {
  const { toolChoice: choice, output } = request;
  if (request.tools.length === 0 || (output !== null && choice?.kind === 'none')) {
    if (choice?.kind === 'required' || choice?.kind === 'tool') {
      throw new PivotRefusal('tool_choice', (name) => `${name} asks for a tool, but there are none`);
    }
    return output === null ? {} : { response_format: writeOutput(output) };
  }
  if (request.parallelTools === false) context.drops.hint('parallel_tool_calls');
  // Cohere cannot be told which tool to call, but where there is only one, any is that one.
  const offered = choice?.kind === 'tool' ? request.tools.filter(({ name }) => name === choice.name) : request.tools;
  if (offered.length === 0) throw new PivotRefusal('tool_choice', (name) => `${name} names a tool that there is not`);
  const answer = output === null || choice?.kind === 'tool' ? [] : [answerTool(output)];
  const strict = offered.every((tool) => tool.strict === true);
  const tools = offered.map((tool, index) => {
    if (tool.strict === true && !strict) context.drops.hint(`tools[${index}].strict`, within(tool, 'strict'));
    if (tool.cache !== undefined) context.drops.hint('tools[].cache_control');
    const { description } = tool;
    return functionTool(context.names.toTarget(tool.name, nameRule), description, tool.schema ?? noParameters);
  });
  const word = answer.length > 0 ? 'REQUIRED' : choiceOf(choice);
  return {
    tools: [...tools, ...answer],
    ...(strict && answer.length === 0 ? { strict_tools: true } : {}),
    ...(word === undefined ? {} : { tool_choice: word }),
  };
}

function functionTool(name: string, description: string | null, parameters: Schema): JsonObject {
  return { type: 'function', function: { name, ...(description === null ? {} : { description }), parameters } };
}

function answerTool(output: OutputFormat): JsonObject {
  const description = 'Gives the answer to the user. Call it once, with the whole answer as its input.';
  const schema = output.kind === 'json' ? { type: 'object', additionalProperties: true } : output.schema;
  return functionTool(outputTool, description, schema);
}

function writeOutput(output: OutputFormat): JsonObject {
  return output.kind === 'json' ? { type: 'json_object' } : { type: 'json_object', json_schema: output.schema };
}

/** Nothing said means that the model chooses. */
function choiceOf(choice: PivotRequest['toolChoice']): string | undefined {
  switch (choice?.kind) {
    case 'none':
      return 'NONE';
    case 'required':
    case 'tool':
      return 'REQUIRED';
    case 'auto':
    case undefined:
      return undefined;
  }
}
