import { countCall, estimateCall } from '../../../llm/usage/call-estimate.ts';
import type { LlmAsk } from '../../../llm/request/plan.ts';
import type { LlmRouteType } from '../../../model/llm.ts';
import type { ExchangeLimits } from '../../rate-limit/exchange-limits.ts';
import type { ServingRoute } from './serving.ts';

/** Calls that no provider bills. */
const free: ReadonlySet<LlmRouteType> = new Set(['models', 'anthropicTokenCount', 'geminiCountTokens']);

/**
 * Takes what a call may use from the limits of its exchange, before anyone is asked; what it used is settled at the end of
 * the exchange. Throws GatewayError `rateLimitExceeded`.
 */
export function reserveTokens(
  limits: ExchangeLimits,
  { type, body }: LlmAsk,
  { attempts }: ServingRoute,
): undefined | Promise<undefined> {
  if (free.has(type)) return undefined;
  if (body === null) return limits.reserve({ input: 0, output: 0, counted: false });
  if (attempts[0]?.provider.tokenize !== true) return limits.reserve(estimateCall(body.json));
  return countCall(body.json).then((estimate) => limits.reserve(estimate));
}
