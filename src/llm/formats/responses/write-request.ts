import { nearestEffort, type Effort, type ModelFacts } from '../../models/facts.ts';
import type { Drops } from '../../pivot/drops.ts';
import type { JsonObject, RequestContext } from '../../pivot/format.ts';
import type { OutputFormat, PivotRequest, Reasoning, Sampling, TextBlock } from '../../pivot/request.ts';
import { toToken } from '../../pivot/tool-names.ts';
import { TARGET } from './write-content.ts';
import { writeExtras } from './write-extras.ts';
import { nameRule, writeInput } from './write-input.ts';
import { writeTools } from './write-tools.ts';

/** Fewest tokens that may be asked for. */
const LEAST_TOKENS = 16;
/** OpenAI refuses a longer name of an end user. */
const userRule = { forbidden: /(?!)/g, longest: 64 };
/** From how many tokens a budget of reasoning is more than the effort before. */
const MEDIUM_BUDGET = 2048;
const HIGH_BUDGET = 4096;

/**
 * Writes a Responses request. Nothing is stored at the provider: reasoning comes back encrypted, for the client to send
 * again. Members are in one order, what changes least first, so that prompt caches hit.
 *
 * @throws LlmBadRequest through `drops`
 */
export function writeRequest(request: PivotRequest, context: RequestContext): JsonObject {
  const { drops, facts } = context;
  const { members, verbosity } = writeExtras(request.extras, drops);
  const tools = writeTools(request, context);
  const text = {
    ...(request.output === null ? {} : { format: writeOutput(request.output) }),
    ...(verbosity === undefined ? {} : { verbosity }),
  };
  if (request.stop.length > 0) drops.meaning('stop', TARGET);
  return {
    model: request.model,
    store: false,
    ...(facts.thinking === 'none' ? {} : { include: ['reasoning.encrypted_content'] }),
    ...tools,
    ...writeInstructions(request.system, drops),
    ...(Object.keys(text).length === 0 ? {} : { text }),
    ...writeReasoning(request.reasoning, facts, drops),
    ...writeSampling(request.sampling, facts, drops),
    ...writeMaxTokens(request.maxTokens, drops),
    ...(request.user === null || request.user === '' ? {} : { user: toToken(request.user, userRule) }),
    ...members,
    ...(request.stream ? { stream: true } : {}),
    input: writeInput(request.messages, request.tools, context),
  };
}

function writeInstructions(system: readonly TextBlock[], drops: Drops): JsonObject {
  if (system.some((block) => block.cache !== undefined)) drops.hint('system[].cache_control');
  const instructions = system.map((block) => block.text).join('\n\n');
  return instructions === '' ? {} : { instructions };
}

function writeOutput(output: OutputFormat): JsonObject {
  if (output.kind === 'json') return { type: 'json_object' };
  const { name, schema, strict } = output;
  return { type: 'json_schema', name: toToken(name, nameRule), schema, ...(strict === null ? {} : { strict }) };
}

/** A summary is asked for with the reasoning, since other APIs show what they call thinking. */
function writeReasoning(reasoning: Reasoning | null, facts: ModelFacts, drops: Drops): JsonObject {
  if (reasoning === null) return {};
  if (reasoning.effort === 'none') return writeNoReasoning(facts, drops);
  if (facts.thinking === 'none') {
    drops.hint('reasoning');
    return {};
  }
  const wanted = reasoning.effort ?? effortOf(reasoning.budgetTokens);
  const effort = wanted === null ? undefined : nearestEffort(wanted, facts.efforts);
  return { reasoning: { ...(effort === undefined ? {} : { effort }), summary: 'auto' } };
}

/** A model that always reasons is asked for the least of it. */
function writeNoReasoning(facts: ModelFacts, drops: Drops): JsonObject {
  if (facts.thinking === 'none' || facts.thinkingOff === 'omit') return {};
  if (facts.thinkingOff === 'disabled') return { reasoning: { effort: 'none' } };
  drops.hint('reasoning');
  const effort = nearestEffort('minimal', facts.efforts);
  return effort === undefined ? {} : { reasoning: { effort } };
}

function effortOf(budget: number | null): Effort | null {
  if (budget === null) return null;
  if (budget < MEDIUM_BUDGET) return 'low';
  return budget < HIGH_BUDGET ? 'medium' : 'high';
}

function writeSampling(sampling: Sampling, facts: ModelFacts, drops: Drops): JsonObject {
  const { temperature, topP, topK, seed, frequencyPenalty, presencePenalty } = sampling;
  if (topK !== null) drops.meaning('top_k', TARGET);
  if (seed !== null) drops.meaning('seed', TARGET);
  if ((frequencyPenalty ?? 0) !== 0) drops.meaning('frequency_penalty', TARGET);
  if ((presencePenalty ?? 0) !== 0) drops.meaning('presence_penalty', TARGET);
  if (facts.sampling === 'none') {
    if ((temperature ?? 1) !== 1) drops.meaning('temperature', TARGET);
    if ((topP ?? 1) !== 1) drops.meaning('top_p', TARGET);
    return {};
  }
  return {
    ...(temperature === null ? {} : { temperature }),
    ...(topP === null ? {} : { top_p: topP }),
  };
}

/** A limit below the least that may be asked for becomes the least, which is said. */
function writeMaxTokens(maxTokens: number | null, drops: Drops): JsonObject {
  if (maxTokens === null) return {};
  if (maxTokens < LEAST_TOKENS) drops.hint('max_tokens');
  return { max_output_tokens: Math.max(LEAST_TOKENS, maxTokens) };
}
