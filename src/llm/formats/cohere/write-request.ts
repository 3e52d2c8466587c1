import type { JsonObject, RequestContext } from '../../pivot/format.ts';
import type { PivotRequest, Reasoning } from '../../pivot/request.ts';
import { target } from './target.ts';
import { writeMessages } from './write-messages.ts';
import { writeSampling } from './write-sampling.ts';
import { writeTools } from './write-tools.ts';

/** Most stop sequences (API reference). */
const mostStops = 5;

/** Tokens for an effort; with more effort than these, the model thinks as long as it wants. */
const budgets: ReadonlyMap<Reasoning['effort'], number> = new Map([
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 4096],
]);

/**
 * Writes a chat request. Members are in one order, what changes least first, so that prompt caches hit.
 *
 * @throws LlmBadRequest through `drops`
 */
export function writeRequest(request: PivotRequest, context: RequestContext): JsonObject {
  const { drops } = context;
  for (const extra of request.extras) drops.extra(extra, target);
  if (request.user !== null) drops.hint('user');
  return {
    model: request.model,
    ...writeTools(request, context),
    ...writeSampling(request.sampling, drops),
    ...(request.maxTokens === null ? {} : { max_tokens: request.maxTokens }),
    ...writeStops(request, context),
    ...writeThinking(request.reasoning, context),
    ...(request.stream ? { stream: true } : {}),
    messages: writeMessages(request, context),
  };
}

function writeStops({ stop }: PivotRequest, { drops }: RequestContext): JsonObject {
  const stops = stop.filter((sequence) => sequence !== '');
  if (stops.length === 0) return {};
  if (stops.length > mostStops) drops.meaning('stop', `${target} beyond ${mostStops} entries`);
  return { stop_sequences: stops.slice(0, mostStops) };
}

function writeThinking(reasoning: Reasoning | null, { drops, facts }: RequestContext): JsonObject {
  if (reasoning === null) return {};
  const isOff = reasoning.effort === 'none';
  if (facts.thinking === 'none') {
    if (!isOff) drops.hint('reasoning');
    return {};
  }
  if (isOff) return { thinking: { type: 'disabled' } };
  const budget = reasoning.budgetTokens ?? budgets.get(reasoning.effort);
  return { thinking: { type: 'enabled', ...(budget === undefined ? {} : { token_budget: Math.max(1, budget) }) } };
}
