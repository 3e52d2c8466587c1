import type { ExchangeRecord } from '../record/exchange-record.ts';

/** Tokens that the LLM calls of an exchange used; null: they answered and did not say. */
export function tokensUsed({ llm, reason, status }: ExchangeRecord): number | null {
  if (llm === null) return 0;
  const { inputTokens, outputTokens, totalTokens } = llm;
  if (inputTokens !== null || outputTokens !== null) return (inputTokens ?? 0) + (outputTokens ?? 0);
  if (totalTokens !== null) return totalTokens;
  // What no provider answered costs nothing.
  return status >= 400 || (reason !== null && reason !== 'clientGone') ? 0 : null;
}
