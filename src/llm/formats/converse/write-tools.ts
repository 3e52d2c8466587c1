import { PivotRefusal, within } from '../../pivot/drops.ts';
import type { ModelFacts } from '../../models/facts.ts';
import type { PivotRequest, PivotTool, Placed } from '../../pivot/request.ts';
import { adaptSchema } from '../messages/output-schema.ts';
import { outputTool } from '../messages/output-tool.ts';
import { nameRule } from './write-content.ts';
import type { WriteContext, Written } from './write-context.ts';

/** `toolConfig`, and what goes beside it. */
export interface WrittenTools {
  /** Undefined: the model gets no tools. */
  readonly config: { readonly tools: readonly Written[]; readonly toolChoice?: Written } | undefined;
  /** The answer must be a call, which Claude refuses together with thinking. */
  readonly forced: boolean;
  /** Claude's own `tool_choice`, for `additionalModelRequestFields`. */
  readonly parallel: Written | undefined;
}

type Schema = Readonly<Record<string, unknown>>;

/**
 * Writes the tools and the choice among them. There is no choice `none`: such a request gets no tools.
 * @param answerSchema Schema of the answer, where a tool has to carry it; null: the answer is text.
 */
export function writeTools(request: PivotRequest, answerSchema: Schema | null, context: WriteContext): WrittenTools {
  const choice = request.toolChoice;
  if (request.tools.length === 0 && (choice?.kind === 'required' || choice?.kind === 'tool')) {
    throw new PivotRefusal('tool_choice', (name) => `${name} asks for a tool, but there are none`);
  }
  const offered = choice?.kind === 'none' ? [] : request.tools;
  // A tool that must be called leaves no room for an answer in another form.
  const answer = answerSchema === null || choice?.kind === 'tool' ? null : answerTool(answerSchema, context);
  if (offered.length === 0 && answer === null) return { config: undefined, forced: false, parallel: undefined };
  const { toolChoice, only } = answer === null ? writeChoice(request, context) : answerChoice(offered.length, context);
  const tools = offered.flatMap((tool, index) =>
    only === undefined || only === tool.name ? writeTool(tool, `tools[${index}]`, context) : [],
  );
  return {
    config: {
      tools: answer === null ? tools : [...tools, { toolSpec: answer }],
      ...(toolChoice === undefined ? {} : { toolChoice }),
    },
    forced: toolChoice !== undefined,
    parallel: writeParallel(request.parallelTools, answer !== null && offered.length > 0, toolChoice, context),
  };
}

function writeTool(tool: PivotTool, path: string, context: WriteContext): readonly Written[] {
  const { drops, facts, names, points } = context;
  const strict = tool.strict === true && facts.structuredOutput ? adaptSchema(tool.schema ?? {}) : null;
  if (tool.strict === true && strict === null) drops.hint(`${path}.strict`, within(tool, 'strict'));
  const spec: Written = { name: names.toTarget(tool.name, nameRule) };
  if (tool.description !== null && tool.description !== '') spec['description'] = tool.description;
  spec['inputSchema'] = { json: strict ?? inputSchema(tool.schema, path, tool) };
  if (strict !== null) spec['strict'] = true;
  return [{ toolSpec: spec }, ...points.after(tool.cache, true)];
}

/** The tool whose input is the answer; null where the model cannot be made to call it. */
function answerTool(schema: Schema, { drops, facts }: WriteContext): Written | null {
  if (choicesOf(facts).length === 0) {
    drops.meaning('response_format', 'this model on Bedrock');
    return null;
  }
  const description = 'Gives the answer to the user. Call it once, with the whole answer as its input.';
  return { name: outputTool, description, inputSchema: { json: inputSchema(schema, 'response_format', {}) } };
}

/** The whole schema, `type: "object"` at its root. */
function inputSchema(schema: Schema | null, path: string, from: Placed): Schema {
  if (schema === null) return { type: 'object', properties: {} };
  const type = schema['type'];
  if (type === 'object') return schema;
  if (type === undefined) return { type: 'object', ...schema };
  throw new PivotRefusal(path, (name) => `the schema of ${name} must be of type "object"`, from);
}

interface Choice {
  readonly toolChoice?: Written;
  /** The one tool that may be there. */
  readonly only?: string;
}

function choicesOf(facts: ModelFacts): readonly ('any' | 'tool')[] {
  return facts.converse?.toolChoices ?? ['any'];
}

function writeChoice({ toolChoice, tools }: PivotRequest, { drops, facts, names }: WriteContext): Choice {
  const known = choicesOf(facts);
  switch (toolChoice?.kind) {
    case undefined:
    case 'none':
    case 'auto':
      // The default, which some models refuse to be told.
      return {};
    case 'required':
      if (known.includes('any')) return { toolChoice: { any: {} } };
      break;
    case 'tool':
      if (known.includes('tool')) {
        return { toolChoice: { tool: { name: names.toTarget(toolChoice.name, nameRule) } } };
      }
      // With one tool, any tool is that tool.
      if (known.includes('any') && tools.some(({ name }) => name === toolChoice.name)) {
        return { toolChoice: { any: {} }, only: toolChoice.name };
      }
  }
  drops.meaning('tool_choice', 'this model on Bedrock');
  return {};
}

function answerChoice(others: number, { facts }: WriteContext): Choice {
  const named = others === 0 && choicesOf(facts).includes('tool');
  return { toolChoice: named ? { tool: { name: outputTool } } : { any: {} } };
}

/**
 * Claude's own switch for parallel calls. Converse makes the rest of `tool_choice` from its own choice, so a second
 * `type` beside one is refused. For other models it is left out: an answer with several calls is still one that every
 * client can read.
 * @param wanted As the client says. @param isOneOf The answer is one of several calls, so there may be one only.
 */
function writeParallel(
  wanted: boolean | null,
  isOneOf: boolean,
  toolChoice: Written | undefined,
  { drops, facts }: WriteContext,
): Written | undefined {
  if (wanted !== false && !isOneOf) return undefined;
  if (facts.converse?.parallelSwitch === true) {
    return { ...(toolChoice === undefined ? { type: 'auto' } : {}), disable_parallel_tool_use: true };
  }
  if (wanted === false) drops.hint('parallel_tool_calls');
  return undefined;
}
