import type { Drops } from '../../pivot/drops.ts';
import type { Reasoning } from '../../pivot/request.ts';
import type { Written } from './cache-marks.ts';
import { nearestEffort, type Effort, type ModelFacts } from '../../models/facts.ts';

/** `thinking` and `output_config.effort`; undefined members are left out of the body. */
export interface WrittenThinking {
  readonly thinking: Written | undefined;
  readonly effort: string | undefined;
  /** Thinking was asked for, so sampling is restricted. */
  readonly on: boolean;
}

/** What decides how reasoning can be asked for. */
export interface ThinkingSituation {
  readonly facts: ModelFacts;
  readonly maxTokens: number;
  /** The answer must be a tool call. */
  readonly forced: boolean;
  /** The conversation allows manual thinking. */
  readonly allowed: boolean;
}

const budgets: Readonly<Record<Effort, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 2048,
  high: 4096,
  xhigh: 8192,
  max: 16_384,
};

/** Smallest budget that the API takes. */
const leastBudget = 1024;

/** Writes how much to reason, in the way that the model understands; a forced tool call wins over reasoning. */
export function writeThinking(
  reasoning: Reasoning | null,
  situation: ThinkingSituation,
  drops: Drops,
): WrittenThinking {
  const { facts, forced } = situation;
  if (reasoning === null) return forced ? off(facts) : { thinking: undefined, effort: undefined, on: false };
  if (reasoning.effort === 'none') {
    if (facts.thinkingOff === 'never') drops.hint('reasoning');
    return off(facts);
  }
  if (facts.thinking === 'none' || forced) {
    drops.hint('reasoning');
    return off(facts);
  }
  if (facts.thinking === 'effort' || (facts.thinking === 'both' && reasoning.budgetTokens === null)) {
    return { thinking: { type: 'adaptive', display: 'summarized' }, effort: effortOf(reasoning, facts), on: true };
  }
  const wanted = Math.max(leastBudget, reasoning.budgetTokens ?? budgets[reasoning.effort ?? 'high']);
  const budget = Math.min(wanted, situation.maxTokens - 1);
  if (!situation.allowed || budget < leastBudget) {
    drops.hint('reasoning');
    return off(facts);
  }
  return { thinking: { type: 'enabled', budget_tokens: budget }, effort: undefined, on: true };
}

function off(facts: ModelFacts): WrittenThinking {
  if (facts.thinkingOff === 'never') return { thinking: undefined, effort: 'low', on: true };
  const thinking = facts.thinkingOff === 'disabled' ? { type: 'disabled' } : undefined;
  return { thinking, effort: undefined, on: false };
}

function effortOf(reasoning: Reasoning, facts: ModelFacts): string | undefined {
  const { effort, budgetTokens } = reasoning;
  if (effort === null && budgetTokens !== null) return nearestEffort(effortOfBudget(budgetTokens), facts.efforts);
  return effort === null || effort === 'none' ? undefined : nearestEffort(effort, facts.efforts);
}

/** The effort whose budget is the largest that fits. */
function effortOfBudget(budget: number): Effort {
  if (budget >= budgets.max) return 'max';
  if (budget >= budgets.xhigh) return 'xhigh';
  if (budget >= budgets.high) return 'high';
  return budget >= budgets.medium ? 'medium' : 'low';
}
