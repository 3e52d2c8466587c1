import type { ModelFacts } from '../../models/facts.ts';
import type { JsonObject, RequestContext } from '../../pivot/format.ts';
import type { OutputFormat, PivotRequest } from '../../pivot/request.ts';
import { adaptSchema } from '../messages/output-schema.ts';
import { CachePoints } from './cache-points.ts';
import { DocumentNames } from './document-names.ts';
import { tellCalls } from './told-calls.ts';
import { allowsThinking, hasToolBlocks, toTurns } from './turns.ts';
import { writeTurns } from './write-content.ts';
import { compact, target, unlessEmpty } from './write-context.ts';
import type { WriteContext, Written } from './write-context.ts';
import { writeInference } from './write-inference.ts';
import { writeReasoning } from './write-reasoning.ts';
import { writeTools } from './write-tools.ts';

/**
 * Writes a Converse or ConverseStream request: they have the same body, and the model is in the path. Members are in one
 * order, what changes least first, so that prompt caches hit. Throws LlmBadRequest for conversations that the API
 * refuses and, through `drops`, for what it cannot express.
 */
export function writeRequest(request: PivotRequest, requestContext: RequestContext): JsonObject {
  const { drops, facts, names } = requestContext;
  const points = new CachePoints(drops, facts.converse?.cache);
  const context: WriteContext = { drops, facts, names, points, documents: new DocumentNames() };
  for (const extra of request.extras) drops.extra(extra, target);
  if (request.user !== null) drops.hint('user');
  const output = planOutput(request.output, facts);
  const { config, forced, parallel } = writeTools(request, output.toolSchema, context);
  const system = writeSystem(request, context);
  const told = config === undefined && hasToolBlocks(request.messages);
  const messages = told ? tellCalls(request.messages) : request.messages;
  const turns = toTurns(messages, { drops, signatures: facts.converse?.signatures });
  const reasoning = writeReasoning(request, { forced, allowed: allowsThinking(turns) }, context);
  const inference = writeInference(request, reasoning.refuses === 'sampling', context);
  const written = writeTurns(turns, context);
  const excess = points.excess();
  const kept = (element: Written): boolean => !excess.has(element);
  const fields = {
    ...reasoning.fields,
    ...inference.fields,
    ...(parallel && { tool_choice: parallel }),
    ...writeBetas(requestContext),
  };
  return compact({
    toolConfig: config && { ...config, tools: config.tools.filter(kept) },
    system: system.length === 0 ? undefined : system.filter(kept),
    inferenceConfig: inference.config,
    additionalModelRequestFields: unlessEmpty(fields),
    additionalModelResponseFieldPaths: stopPaths(inference.config, facts),
    outputConfig: unlessEmpty(compact({ textFormat: output.format, effort: reasoning.effort })),
    messages: written.map(({ role, content }) => ({ role, content: content.filter(kept) })),
  });
}

/** A beta that Bedrock does not know is answered with 400, so it stays here; clients send theirs to any upstream. */
function writeBetas({ betas = [], drops, facts }: RequestContext): Written {
  const known = betas.filter((beta) => facts.converse?.betas?.includes(beta) === true);
  for (const beta of betas) if (!known.includes(beta)) drops.hint(`anthropic-beta[${beta}]`);
  return known.length === 0 ? {} : { anthropic_beta: known };
}

function writeSystem({ system }: PivotRequest, { points }: WriteContext): readonly Written[] {
  return system
    .filter((block) => block.text.trim() !== '')
    .flatMap((block) => [{ text: block.text }, ...points.after(block.cache)]);
}

/** How an answer is held to a schema: by the API itself, else by a tool whose input is the answer. */
interface OutputPlan {
  readonly format: Written | undefined;
  readonly toolSchema: Readonly<Record<string, unknown>> | null;
}

function planOutput(output: OutputFormat | null, facts: ModelFacts): OutputPlan {
  if (output === null) return { format: undefined, toolSchema: null };
  // The API's own format closes every object, so "any object" needs the tool.
  if (output.kind === 'json') return { format: undefined, toolSchema: { type: 'object', additionalProperties: true } };
  const schema = facts.structuredOutput ? adaptSchema(output.schema) : null;
  if (schema === null) return { format: undefined, toolSchema: output.schema };
  const jsonSchema = { schema: JSON.stringify(schema), ...(output.name === '' ? {} : { name: output.name }) };
  return { format: { type: 'json_schema', structure: { jsonSchema } }, toolSchema: null };
}

/** Converse tells which sequence stopped an answer only when it is asked to. */
function stopPaths(config: Written | undefined, facts: ModelFacts): readonly string[] | undefined {
  const path = facts.converse?.stopSequencePath;
  return path === undefined || config?.['stopSequences'] === undefined ? undefined : [path];
}
