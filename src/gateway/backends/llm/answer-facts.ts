import type { LlmRecord } from '../../../llm/record.ts';
import type { AnswerFacts } from '../../../llm/translate/answer-translator.ts';
import { applyPivotUsage, applyUsage } from '../../../llm/usage/counts.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { HeldBytes } from './held-bytes.ts';
import { setRetryAfter } from './refused-answer.ts';

/**
 * Puts what a translated answer says of itself into the record, and its memory on the process's account.
 *
 * @param headers Of the answer to the client, which say when to try again where only the body said so.
 */
export function answerFacts(record: LlmRecord, held: HeldBytes, headers: HeaderList): AnswerFacts {
  return {
    model: (name) => {
      if (name !== '') record.responseModel = name;
    },
    usage: (usage) => applyPivotUsage(usage, record),
    rejected: (body) => void applyUsage(body['usage'] ?? body['usageMetadata'], record),
    held: (bytes) => held.add(bytes),
    failed: ({ retryAfterMs }) => {
      if (retryAfterMs !== undefined) setRetryAfter(headers, retryAfterMs);
    },
  };
}

/** For answers of our own, which are whole in memory and are read by a tap. */
export const unobserved: AnswerFacts = {
  model: () => undefined,
  usage: () => undefined,
  rejected: () => undefined,
  held: () => undefined,
  failed: () => undefined,
};
