import type { LlmRecord } from '../../../llm/record.ts';
import type { AnswerFacts } from '../../../llm/translate/answer-translator.ts';
import { applyPivotUsage } from '../../../llm/usage/counts.ts';
import type { HeldBytes } from './held-bytes.ts';

/** Puts what a translated answer says of itself into the record, and its memory on the process's account. */
export function answerFacts(record: LlmRecord, held: HeldBytes): AnswerFacts {
  return {
    model: (name) => {
      if (name !== '') record.responseModel = name;
    },
    usage: (usage) => applyPivotUsage(usage, record),
    held: (bytes) => held.add(bytes),
  };
}

/** For answers of our own, which are whole in memory and are read by a tap. */
export const unobserved: AnswerFacts = { model: () => undefined, usage: () => undefined, held: () => undefined };
