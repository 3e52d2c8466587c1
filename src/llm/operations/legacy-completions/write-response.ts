import { randomToken } from '../../../base/random.ts';
import { finishReasons } from '../../formats/completions/finish.ts';
import { writeUsage } from '../../formats/completions/usage.ts';
import type { AnswerContext, JsonObject } from '../../pivot/format.ts';
import type { PivotResponse, StopReason } from '../../pivot/response.ts';

/** A new id of a legacy completion. */
export function newCompletionId(): string {
  return `cmpl-${randomToken(18)}`;
}

/** `finish_reason` of this API, which knows no tools. */
export function finishOf(stop: StopReason): string {
  return stop === 'toolCalls' ? 'stop' : finishReasons[stop];
}

/** Writes a whole answer (`text_completion`). */
export function writeResponse(response: PivotResponse, context: AnswerContext): JsonObject {
  const text = response.blocks
    .map((block) => (block.kind === 'text' || block.kind === 'refusal' ? block.text : ''))
    .join('');
  return {
    id: response.id === '' ? newCompletionId() : response.id,
    object: 'text_completion',
    created: response.created > 0 ? response.created : context.now,
    model: response.model === '' ? context.model : response.model,
    choices: [{ text, index: 0, logprobs: null, finish_reason: finishOf(response.stop) }],
    ...(response.usage === null ? {} : { usage: writeUsage(response.usage) }),
  };
}
