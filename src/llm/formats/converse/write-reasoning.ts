import { nearestEffort, type Effort } from '../../models/facts.ts';
import type { PivotRequest } from '../../pivot/request.ts';
import { writeThinking } from '../messages/write-thinking.ts';
import type { WriteContext, Written } from './write-context.ts';

/** What decides how reasoning can be asked for. */
export interface ReasoningSituation {
  /** The answer must be a tool call. */
  readonly forced: boolean;
  /** The conversation allows Claude to think by a budget. */
  readonly allowed: boolean;
}

/** How reasoning is asked for; undefined members are left out. */
export interface WrittenReasoning {
  /** For `additionalModelRequestFields`. */
  readonly fields: Written;
  /** `outputConfig.effort`. */
  readonly effort: string | undefined;
  /** What `inferenceConfig` must not say beside it. */
  readonly refuses: 'nothing' | 'sampling';
}

const nothing: WrittenReasoning = { fields: {}, effort: undefined, refuses: 'nothing' };

/** Writes how much to reason, in the way that the model understands; where it understands none, a hint is dropped. */
export function writeReasoning(
  request: PivotRequest,
  situation: ReasoningSituation,
  context: WriteContext,
): WrittenReasoning {
  const { drops, facts } = context;
  switch (facts.converse?.reasoning) {
    case 'thinking':
      return writeClaude(request, situation, context);
    case 'reasoningConfig':
      return writeNova(request, context);
    case 'reasoning_effort': {
      const effort = effortOf(request, context);
      return effort === undefined ? nothing : { ...nothing, fields: { reasoning_effort: effort } };
    }
    case undefined:
      if (request.reasoning !== null && request.reasoning.effort !== 'none') drops.hint('reasoning');
      return nothing;
  }
}

function writeClaude(
  { reasoning, maxTokens }: PivotRequest,
  situation: ReasoningSituation,
  { drops, facts }: WriteContext,
): WrittenReasoning {
  const { thinking, effort, on } = writeThinking(
    reasoning,
    { facts, maxTokens: maxTokens ?? facts.maxOutput, ...situation },
    drops,
  );
  return { fields: thinking === undefined ? {} : { thinking }, effort, refuses: on ? 'sampling' : 'nothing' };
}

/** With `high`, Nova refuses sampling parameters and a limit of tokens; the client's limit is more than an effort. */
function writeNova(request: PivotRequest, context: WriteContext): WrittenReasoning {
  const wanted = effortOf(request, context);
  if (wanted === undefined) return nothing;
  const effort = wanted === 'high' && request.maxTokens !== null ? 'medium' : wanted;
  if (effort !== wanted) context.drops.hint('reasoning');
  const reasoningConfig = { type: 'enabled', maxReasoningEffort: effort };
  return { fields: { reasoningConfig }, effort: undefined, refuses: effort === 'high' ? 'sampling' : 'nothing' };
}

function effortOf({ reasoning }: PivotRequest, { drops, facts }: WriteContext): Effort | undefined {
  if (reasoning === null) return undefined;
  if (reasoning.effort === 'none') {
    if (facts.thinkingOff !== 'never') return undefined;
    drops.hint('reasoning');
    return facts.efforts[0];
  }
  const wanted = reasoning.effort ?? effortOfBudget(reasoning.budgetTokens ?? 0);
  return nearestEffort(wanted, facts.efforts);
}

/** From how many tokens a budget is more than the effort before. */
function effortOfBudget(budget: number): Effort {
  if (budget < 2048) return 'low';
  return budget < 4096 ? 'medium' : 'high';
}
