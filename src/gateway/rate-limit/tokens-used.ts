import { failedTokens, tokensOf } from '../../llm/record.ts';
import type { ExchangeRecord } from '../record/exchange-record.ts';

/** Tokens that the LLM calls of an exchange used; null: they answered and did not say. */
export function tokensUsed({ llm, reason, status }: ExchangeRecord): number | null {
  if (llm === null) return 0;
  const failed = failedTokens(llm);
  const used = tokensOf(llm);
  if (used !== null) return used + failed;
  // What no provider answered costs nothing.
  const isFree = status >= 400 || (reason !== null && reason !== 'clientGone');
  return isFree || failed > 0 ? failed : null;
}
