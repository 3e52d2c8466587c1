import type { Drops } from '../../pivot/drops.ts';
import type { Reasoning } from '../../pivot/request.ts';
import { nearestEffort, type Effort, type ModelFacts } from '../../models/facts.ts';
import type { Written } from './members.ts';

/** Tokens of an effort, as Google's OpenAI-compatible API has it; the least and the most are the model's own. */
const lowBudget = 1024;
const mediumBudget = 8192;
const highBudget = 24_576;
/** The model decides itself how long it thinks. */
const dynamic = -1;

/** Writes `thinkingConfig`: a budget or a level, as the model wants it, never both; undefined where nothing is said. */
export function writeThinking(reasoning: Reasoning | null, facts: ModelFacts, drops: Drops): Written | undefined {
  if (reasoning === null) return undefined;
  if (facts.thinking === 'none') {
    if (reasoning.effort !== 'none') drops.hint('reasoning');
    return undefined;
  }
  if (reasoning.effort === 'none') return off(facts, drops);
  if (facts.thinking === 'budget') return { includeThoughts: true, thinkingBudget: budgetOf(reasoning, facts) };
  const effort = reasoning.effort ?? effortOf(reasoning.budgetTokens);
  const level = effort === null ? undefined : nearestEffort(effort, facts.efforts);
  return { includeThoughts: true, ...(level === undefined ? {} : { thinkingLevel: levelOf(level) }) };
}

/** As little as the model can, where it cannot stop thinking. */
function off(facts: ModelFacts, drops: Drops): Written | undefined {
  if (facts.thinkingOff === 'omit') return undefined;
  if (facts.thinkingOff === 'disabled') return { thinkingBudget: 0 };
  drops.hint('reasoning');
  if (facts.thinking === 'budget') return { thinkingBudget: facts.budget.least };
  const [least] = facts.efforts;
  return least === undefined ? undefined : { thinkingLevel: levelOf(least) };
}

function budgetOf({ effort, budgetTokens }: Reasoning, { budget }: ModelFacts): number {
  const wanted = budgetTokens ?? (effort === null || effort === 'none' ? null : tokensOf(effort, budget));
  return wanted === null ? dynamic : Math.min(Math.max(wanted, budget.least), budget.most);
}

function tokensOf(effort: Effort, budget: ModelFacts['budget']): number {
  switch (effort) {
    case 'minimal':
      return budget.least;
    case 'low':
      return lowBudget;
    case 'medium':
      return mediumBudget;
    case 'high':
      return highBudget;
    case 'xhigh':
    case 'max':
      return budget.most;
  }
}

function effortOf(budget: number | null): Effort | null {
  if (budget === null) return null;
  if (budget >= highBudget) return 'high';
  return budget >= mediumBudget ? 'medium' : 'low';
}

function levelOf(effort: Effort): string {
  return effort === 'xhigh' || effort === 'max' ? 'HIGH' : effort.toUpperCase();
}
