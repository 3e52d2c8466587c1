import type { LlmReply } from '../../../llm/answer.ts';
import { refusalFor } from '../../../llm/formats/refusal.ts';
import { planSend, type LlmAsk, type LlmSend } from '../../../llm/request/plan.ts';
import type { Attempt } from './attempt.ts';
import { translate, type Translation } from './translation.ts';

/** What to send to one provider, and how its answer comes back. */
export interface AttemptPlan extends LlmSend {
  /** Null where the provider speaks the client's format, and the answer passes as it is. */
  readonly translation: Translation | null;
  /** Fields that the request needs, set where the client sent none. */
  readonly requestFields: ReadonlyMap<string, string>;
}

const noFields: ReadonlyMap<string, string> = new Map();

/**
 * What to send to a provider, or the answer that says why nothing can be, in the client's own error shape.
 *
 * @param model what the provider is to read as the model; null leaves the client's.
 */
export function planAttempt(
  ask: LlmAsk,
  attempt: Attempt,
  model: string | null,
): AttemptPlan | { readonly refused: LlmReply } {
  const translation = ask.body === null ? null : translate(ask, ask.body, attempt, model);
  if (translation !== null) {
    if ('refused' in translation) return translation;
    const { plan, pair } = translation;
    return { ...plan, translation, requestFields: pair.upstream.requestFields ?? noFields };
  }
  const plan = planSend(ask, attempt.provider, model, attempt.settings);
  if ('status' in plan) return { refused: refusalFor(ask.type, plan) };
  return { ...plan, translation: null, requestFields: noFields };
}
